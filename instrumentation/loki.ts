import { type Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { complain, reason } from './complain.ts';
import { idleAgent } from './idle-agent.ts';

/** One line of a log stream. `atNs`: Unix time in nanoseconds, as Loki writes it. */
export interface Line {
  readonly atNs: string;
  readonly level: string;
  readonly text: string;
}

const pauseMs = 500;
const longestPauseMs = 10_000;
const pushTimeoutMs = 5000;
const maxPushBytes = 1_000_000;
const maxWaitingBytes = 8_000_000;
const maxAnswerBytes = 64_000;

/**
 * Pushes lines to Loki in the background: one stream per level, one push in flight, bounded memory, retries with a
 * growing pause. It never keeps the process alive and never throws; lines that cannot be kept are counted.
 * Format: https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 */
export class LokiPusher {
  /** Lines given up: refused by Loki, or too many waited. */
  lost = 0;
  readonly #url: URL;
  readonly #service: string;
  /** Taken now, before the http instrumentation wraps it: a push is no span of the service. */
  readonly #request: typeof httpRequest;
  readonly #agent: Agent;
  #waiting: Line[] = [];
  #waitingBytes = 0;
  #pauseMs = pauseMs;
  #timer: NodeJS.Timeout | undefined;
  #pushing: Promise<boolean> | undefined;
  #told = false;

  constructor(url: URL, service: string) {
    this.#url = url;
    this.#service = service;
    this.#request = url.protocol === 'https:' ? httpsRequest : httpRequest;
    this.#agent = idleAgent(url.protocol);
  }

  add(line: Line): void {
    if (this.#waitingBytes + line.text.length > maxWaitingBytes) {
      this.lost++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.text.length;
    this.#schedule();
  }

  /** Pushes what waits; resolves when nothing is left or a push failed. */
  async flush(): Promise<void> {
    await this.#pushing;
    while (this.#waiting.length > 0 && (await this.#push()));
  }

  #schedule(): void {
    if (this.#timer || this.#pushing) return;
    this.#timer = setTimeout(() => this.#push(), this.#pauseMs).unref();
  }

  #push(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pushing ??= this.#deliver(this.#take()).finally(() => {
      this.#pushing = undefined;
      if (this.#waiting.length > 0) this.#schedule();
    });
    return this.#pushing;
  }

  /** At least one line, at most `maxPushBytes`. */
  #take(): Line[] {
    let count = 0;
    let bytes = 0;
    for (const { text } of this.#waiting) {
      if (count > 0 && bytes + text.length > maxPushBytes) break;
      bytes += text.length;
      count++;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  async #deliver(batch: Line[]): Promise<boolean> {
    try {
      const status = await this.#post(encode(this.#service, batch));
      if (status < 300) {
        this.#pauseMs = pauseMs;
        return true;
      }
      if (status < 500 && status !== 429) this.lost += batch.length;
      else this.#keep(batch);
      this.#tell(`HTTP ${status}`);
    } catch (error) {
      this.#keep(batch);
      this.#tell(reason(error));
    }
    return false;
  }

  /** Back to the front; what came meanwhile counts against the same bound. */
  #keep(batch: Line[]): void {
    this.#waiting = batch.concat(this.#waiting);
    this.#waitingBytes += batch.reduce((sum, { text }) => sum + text.length, 0);
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
  }

  #tell(what: string): void {
    if (this.#told) return;
    this.#told = true;
    complain(
      `log lines cannot be pushed to ${this.#url.origin}: ${what} (told once; the service is not affected)`,
    );
  }

  #post(body: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const request = this.#request(this.#url, {
      method: 'POST',
      agent: this.#agent,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(pushTimeoutMs),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxAnswerBytes) response.destroy();
      });
      response.on('error', () => {});
      response.on('close', () => resolve(response.statusCode ?? 0));
    });
    request.end(body);
    return promise;
  }
}

function encode(service: string, batch: readonly Line[]): string {
  const streams = Map.groupBy(batch, ({ level }) => level);
  return JSON.stringify({
    streams: Array.from(streams, ([level, lines]) => ({
      stream: { service_name: service, level },
      values: lines.map(({ atNs, text }) => [atNs, text]),
    })),
  });
}
