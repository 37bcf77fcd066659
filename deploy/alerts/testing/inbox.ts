import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Posted {
  readonly path: string;
  readonly body: string;
}

/** A receiver of HTTP posts on 127.0.0.1 that keeps what comes, in order. */
export interface Inbox extends AsyncDisposable {
  readonly url: string;
  readonly posted: readonly Posted[];
}

export async function openInbox(): Promise<Inbox> {
  const posted: Posted[] = [];
  const take = async (request: IncomingMessage) =>
    posted.push({ path: request.url ?? '', body: await text(request) });
  const server = createServer((request, response) => void take(request).then(() => response.end('ok')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posted,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What Alertmanager posts: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
export interface Message {
  status: 'firing' | 'resolved';
  receiver: string;
  groupLabels: Record<string, string>;
  alerts: Notice[];
}

export interface Notice {
  status: 'firing' | 'resolved';
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
  generatorURL: string;
}

export function messagesTo(path: string, { posted }: Pick<Inbox, 'posted'>): Message[] {
  return posted.filter((it) => it.path === path).map(({ body }) => JSON.parse(body) as Message);
}
