import type * as Http from 'node:http';
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { asOwn } from '../own-requests.ts';
import { afterReading } from './clock.ts';
import { restingAgent } from './resting-agent.ts';
import { writeOrStall } from './stall.ts';

export interface PostTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From the lookup of the name to the status of the answer. */
  readonly timeoutMs: number;
  readonly restOfAnswerMs: number;
  /**
   * How long the other side, once its address is known, may take none of it: what connects and what writes keeps the process
   * alive.
   */
  readonly stallMs: number;
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

/** Posts to one address over kept-alive connections, which do not keep the process alive. Redirects are not followed. */
export class Poster {
  readonly #target: PostTarget;
  readonly #url: URL;
  readonly #request: typeof Http.request;
  readonly #agent: Agent;
  #closed = false;

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
    this.#agent = restingAgent(http, {
      keepAlive: true,
      maxSockets: target.mostConnections,
      lookup: target.lookup,
    });
  }

  /** Rejects when there is no answer; an answer of any status resolves. `onSent`: each request that is made for it. */
  async post(
    body: Buffer,
    headers: Readonly<Record<string, string>>,
    onSent: (sent: ClientRequest) => void = () => {},
  ): Promise<Answer> {
    for (let stale = 0; ; stale++) {
      try {
        return await this.#once(body, headers, onSent);
      } catch (error) {
        // The other side closed a kept-alive connection just now: that says nothing about whether it serves.
        if (this.#closed || !(error instanceof StaleConnection) || stale >= this.#target.mostConnections)
          throw error;
      }
    }
  }

  /** Cuts off what is under way, too. */
  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }

  #once(
    body: Buffer,
    headers: Readonly<Record<string, string>>,
    onSent: (sent: ClientRequest) => void,
  ): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const { timeoutMs, stallMs, restOfAnswerMs } = this.#target;
    const sent = asOwn(() =>
      this.#request(this.#url, {
        method: 'POST',
        agent: this.#agent,
        headers: { ...this.#target.headers, ...headers, 'content-length': body.length },
      }),
    );
    onSent(sent);
    const late = () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`));
    const inTime = afterReading(timeoutMs, late);
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
      inTime();
      closed = true;
      if (!answered) reject(new Error('the connection was closed without an answer'));
    });
    sent.on('response', (response) => {
      inTime();
      answered = true;
      void readAnswer(response, restOfAnswerMs).then((answer) => {
        if (whole || answer.status >= 300) return resolve(answer);
        // Who answers before it has everything may go on reading; who hangs up cannot have read it.
        const early = () => reject(new Error('the connection was closed before everything was sent'));
        if (closed) return early();
        sent.once('finish', () => resolve(answer)).once('close', early);
        afterReading(restOfAnswerMs, () => sent.destroy());
      });
    });
    writeOrStall(sent, body, stallMs);
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
  const whole = afterReading(forMs, () => response.destroy());
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostAnswerBytes) response.destroy();
    else if (wanted) chunks.push(chunk);
  });
  response.on('error', () => {});
  response.on('close', () => {
    whole();
    resolve({ status, headers, body: Buffer.concat(chunks) });
  });
  return promise;
}
