import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { buildServer } from '../../examples/embeddings-server/app.ts';
import { seededRandom } from '../../harness/random.ts';
import { dimensions } from './bench.ts';

/** The embeddings server of the examples, behind a front that lets a share of the tries fail with a 503. */
export class FailingProvider implements AsyncDisposable {
  readonly url: string;
  /** Texts of which a try has failed. */
  readonly hit = new Set<string>();
  tries = 0;
  failures = 0;
  readonly #servers: readonly Server[];

  private constructor(url: string, servers: readonly Server[]) {
    this.url = url;
    this.#servers = servers;
  }

  static async start(share: number, seed: number): Promise<FailingProvider> {
    const inner = buildServer({ dimensions, apiKey: undefined }, () => {});
    const front = createServer();
    const [innerUrl, url] = [await listen(inner), await listen(front)];
    const provider = new FailingProvider(`${url}/v1`, [front, inner]);
    const draw = seededRandom(seed);
    front.on('request', (request, response) => {
      // Whoever asked has gone, or the server behind has ended.
      provider.#answer(request, response, innerUrl, draw() < share).catch(() => response.destroy());
    });
    return provider;
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    innerUrl: string,
    fails: boolean,
  ): Promise<void> {
    const body = await text(request);
    this.tries += 1;
    if (fails) {
      this.failures += 1;
      for (const it of JSON.parse(body).input) this.hit.add(it);
      response.writeHead(503).end();
      return;
    }
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${innerUrl}${request.url}`, { method: 'POST', headers, body });
    response.writeHead(answer.status, headers).end(await answer.text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    }
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
