import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
}

/** A third party that the fixtures call; it keeps what it was asked. */
export class Upstream implements AsyncDisposable {
  readonly calls: Call[] = [];
  readonly #server = createServer(({ method = '', url = '', headers }, response) => {
    this.calls.push({ method, path: url, headers });
    response.setHeader('content-type', 'application/json').end('{"vector":[1]}');
  });

  static async start(): Promise<Upstream> {
    const upstream = new Upstream();
    await once(upstream.#server.listen(0, '127.0.0.1'), 'listening');
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
