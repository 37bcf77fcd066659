import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExternalError, NetworkError } from '../errors.ts';

/** A dependency over HTTP on a free port of 127.0.0.1, gone when disposed. */
export interface TestDependency extends AsyncDisposable {
  readonly url: string;
  /** How many requests reached it. */
  readonly calls: number;
  /** Does something else from now on. */
  answers(listener: RequestListener): void;
  /** GET as a service would do it: 200 gives the body. @throws ExternalError, NetworkError */
  ask(signal: AbortSignal): Promise<string>;
}

export async function startDependency(first: RequestListener): Promise<TestDependency> {
  let listener = first;
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    get calls() {
      return calls;
    },
    answers: (next) => {
      listener = next;
    },
    ask: async (signal) => {
      const response = await fetch(url, { signal }).catch((cause) => {
        throw new NetworkError('it', { cause });
      });
      const text = await response.text();
      if (response.status !== 200) throw new ExternalError('it', new Error(`status ${response.status}`));
      return text;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export const works: RequestListener = (_request, response) => void response.end('fine');
export const fails: RequestListener = (_request, response) => void response.writeHead(503).end();
export const resets: RequestListener = (request) => void request.socket.destroy();
/** Takes the request and says nothing. */
export const blackHole: RequestListener = () => {};
