import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface Mail {
  readonly to: string[];
  /** As `user` and `password` came by AUTH PLAIN (RFC 4616). */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Headers and body as they were sent. */
  readonly data: string;
}

/** As much of SMTP (RFC 5321) as it takes to be sent a mail; 127.0.0.1 only. */
export interface Mailbox extends AsyncDisposable {
  /** `127.0.0.1:2525` */
  readonly address: string;
  readonly mails: readonly Mail[];
}

export async function openMailbox(): Promise<Mailbox> {
  const mails: Mail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    socket.on('error', () => {});
    void receive(socket, (mail) => mails.push(mail)).catch(() => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function receive(socket: Socket, keep: (mail: Mail) => void): Promise<void> {
  const say = (line: string) => socket.write(`${line}\r\n`);
  let user: string | undefined;
  let password: string | undefined;
  let to: string[] = [];
  let data: string[] | undefined;
  say('220 ready');
  for await (const line of createInterface({ input: socket })) {
    if (data) {
      if (line !== '.') {
        data.push(line.replace(/^\.\./, '.'));
        continue;
      }
      keep({ to, user, password, data: data.join('\n') });
      data = undefined;
      to = [];
      say('250 kept');
    } else if (/^EHLO/i.test(line)) {
      say('250-here');
      say('250 AUTH PLAIN');
    } else if (/^AUTH PLAIN /i.test(line)) {
      [, user, password] = Buffer.from(line.slice(11), 'base64').toString().split('\0');
      say('235 known');
    } else if (/^RCPT TO:/i.test(line)) {
      to.push(/<(.*)>/.exec(line)?.[1] ?? '');
      say('250 ok');
    } else if (/^DATA/i.test(line)) {
      data = [];
      say('354 go on');
    } else if (/^QUIT/i.test(line)) {
      say('221 bye');
      socket.end();
    } else say('250 ok');
  }
}
