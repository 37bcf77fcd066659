import type * as Http from 'node:http';
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';

export interface PostTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From the first byte sent to the status of the answer. */
  readonly timeoutMs: number;
  readonly restOfAnswerMs: number;
  readonly mostConnections: number;
  readonly lookup: LookupFunction;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** At most 64 KB of it; empty unless the status is 2xx. */
  readonly body: Buffer;
}

const mostAnswerBytes = 65_536;

/** Posts to one address over kept-alive connections. Redirects are not followed. */
export class Poster {
  readonly #target: PostTarget;
  readonly #url: URL;
  readonly #request: typeof Http.request;
  readonly #agent: Agent;

  /** @throws TypeError when the URL is none. */
  constructor(target: PostTarget) {
    this.#target = target;
    this.#url = new URL(target.url);
    // `import` of node:http also loads what it has for fetch and WebSocket: 4 MB. And only who needs TLS pays for it.
    const http =
      this.#url.protocol === 'https:'
        ? process.getBuiltinModule('node:https')
        : process.getBuiltinModule('node:http');
    this.#request = http.request;
    this.#agent = new http.Agent({
      keepAlive: true,
      maxSockets: target.mostConnections,
      lookup: target.lookup,
    });
  }

  /** Rejects when there is no answer; an answer of any status resolves. */
  async post(body: Buffer, headers: Readonly<Record<string, string>>): Promise<Answer> {
    for (let stale = 0; ; stale++) {
      try {
        return await this.#once(body, headers);
      } catch (error) {
        // The other side closed a kept-alive connection just now: that says nothing about whether it serves.
        if (!(error instanceof StaleConnection) || stale >= this.#target.mostConnections) throw error;
      }
    }
  }

  #once(body: Buffer, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const { timeoutMs, restOfAnswerMs } = this.#target;
    const sent = this.#request(this.#url, {
      method: 'POST',
      agent: this.#agent,
      headers: { ...this.#target.headers, ...headers, 'content-length': body.length },
    });
    const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    let answered = false;
    // Not `writableFinished`: that is true too when the connection ended before everything was written.
    let whole = false;
    let closed = false;
    sent.on('finish', () => {
      whole = true;
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (!answered) reject(isStale(sent, error) ? new StaleConnection(error) : error);
    });
    sent.on('close', () => {
      clearTimeout(timer);
      closed = true;
      if (!answered) reject(new Error('the connection was closed without an answer'));
    });
    sent.on('response', (response) => {
      clearTimeout(timer);
      answered = true;
      void readAnswer(response, restOfAnswerMs).then((answer) => {
        if (whole || answer.status >= 300) return resolve(answer);
        // Who answers before it has everything may go on reading; who hangs up cannot have read it.
        const early = () => reject(new Error('the connection was closed before everything was sent'));
        if (closed) return early();
        sent.once('finish', () => resolve(answer)).once('close', early);
        setTimeout(() => sent.destroy(), restOfAnswerMs).unref();
      });
    });
    sent.end(body);
    return promise;
  }
}

class StaleConnection extends Error {
  override name = 'StaleConnection';

  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

function isStale({ reusedSocket }: ClientRequest, { code }: NodeJS.ErrnoException): boolean {
  return reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
}

/** The status is the answer: whatever goes wrong with the rest of it, or lasts too long, is cut off. */
function readAnswer(response: IncomingMessage, forMs: number): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const { statusCode: status = 0, headers } = response;
  const wanted = status >= 200 && status < 300;
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => response.destroy(), forMs);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostAnswerBytes) response.destroy();
    else if (wanted) chunks.push(chunk);
  });
  response.on('error', () => {});
  response.on('close', () => {
    clearTimeout(timer);
    resolve({ status, headers, body: Buffer.concat(chunks) });
  });
  return promise;
}
