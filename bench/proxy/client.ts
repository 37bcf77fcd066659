import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const valueBytes = 512;
const set = `*3\r\n$3\r\nSET\r\n$8\r\nmemory:1\r\n$${valueBytes}\r\n${'x'.repeat(valueBytes)}\r\n`;
const get = Buffer.from('*2\r\n$3\r\nGET\r\n$8\r\nmemory:1\r\n');
const replyBytes = `$${valueBytes}\r\n`.length + valueBytes + 2;

/** Connections to one contestant, each of which asks again when it was answered (a closed loop). */
export class Client {
  readonly #sockets: Socket[];

  constructor(sockets: Socket[]) {
    this.#sockets = sockets;
  }

  static async connect(port: number, connections: number): Promise<Client> {
    const sockets = Array.from({ length: connections }, () =>
      connect({ host: '127.0.0.1', port, noDelay: true }),
    );
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    sockets[0]!.write(set);
    await once(sockets[0]!, 'data');
    return new Client(sockets);
  }

  /** Asks for this long; the time of each answer in ms. */
  async ask(forMs: number): Promise<number[]> {
    const untilMs = performance.now() + forMs;
    return (await Promise.all(this.#sockets.map((socket) => askOn(socket, untilMs)))).flat();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function askOn(socket: Socket, untilMs: number): Promise<number[]> {
  const { promise, resolve, reject } = Promise.withResolvers<number[]>();
  const latenciesMs: number[] = [];
  let askedMs = 0;
  let leftBytes = 0;
  const ask = () => {
    leftBytes = replyBytes;
    askedMs = performance.now();
    socket.write(get);
  };
  const onData = (chunk: Buffer) => {
    leftBytes -= chunk.length;
    if (leftBytes > 0) return;
    const nowMs = performance.now();
    latenciesMs.push(nowMs - askedMs);
    if (nowMs < untilMs) return ask();
    socket.off('data', onData).off('error', reject);
    resolve(latenciesMs);
  };
  socket.on('data', onData).once('error', reject);
  ask();
  return promise;
}
