import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Loaded {
  readonly answered: number;
  /** Answers other than 200, and connections that broke. */
  readonly failed: number;
  /** Of each answer, in the order in which they came. */
  readonly latenciesMs: readonly number[];
}

/**
 * Sends `requests` over a few connections that stay open, several on each before the first answer is there: what a
 * client library does for each request would take longer than the service does. Answers are to have no chunks.
 */
export async function send(
  url: string,
  requests: Iterable<string>,
  { connections = 4, ahead = 16 } = {},
): Promise<Loaded> {
  const waiting = requests[Symbol.iterator]();
  const latenciesMs: number[] = [];
  let failed = 0;
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(url)));
  await Promise.all(
    sockets.map(async (socket) => {
      const sentMs: number[] = [];
      const refill = () => {
        let text = '';
        for (; sentMs.length < ahead; sentMs.push(performance.now())) {
          const next = waiting.next();
          if (next.done) break;
          text += next.value;
        }
        if (text) socket.write(text);
        else if (sentMs.length === 0) socket.end();
      };
      let rest = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        const answers = (rest + chunk).split('HTTP/1.1 ');
        // The last one may not be whole; it is once its body of two bytes is there.
        rest = answers.at(-1)?.endsWith('\r\n\r\nok') ? '' : `HTTP/1.1 ${answers.pop()}`;
        for (const answer of answers.slice(1)) {
          latenciesMs.push(performance.now() - (sentMs.shift() ?? 0));
          if (!answer.startsWith('200 ')) failed++;
        }
        refill();
      });
      socket.on('error', () => {});
      const closed = once(socket, 'close');
      refill();
      await closed;
      failed += sentMs.length;
    }),
  );
  return { answered: latenciesMs.length, failed, latenciesMs };
}

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setNoDelay();
  await once(socket, 'connect');
  return socket;
}

/** A request without a body, as it goes over the wire. */
export function get(path: string, headers: Record<string, string> = {}, method = 'GET'): string {
  const lines = Object.entries({ host: 'service', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** The value that `share` of `values` do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
