import { connect, type Socket } from 'node:net';
import type { ServiceKind } from '../scenario/scenario.ts';
import type { Sighting } from './fault.ts';

/**
 * The smallest exchange that shows a dependency answering, and the answers it may give. An answer of an error
 * (`-LOADING`, too many clients) is an answer: the link works.
 *
 * SSLRequest is answered with one byte before anybody has logged in:
 * https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST
 * HEAD has an answer without a body, with whatever status.
 */
const exchanges: Readonly<Record<ServiceKind, { question: Buffer; answer: RegExp; expected: string }>> = {
  redis: { question: Buffer.from('*1\r\n$4\r\nPING\r\n'), answer: /^(\+PONG\r\n|-)/, expected: '+PONG' },
  postgres: {
    question: Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]),
    answer: /^[SNE]/,
    expected: 'S or N',
  },
  http: {
    question: Buffer.from('HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'),
    answer: /^HTTP\/1\.[01] \d{3}/,
    expected: 'HTTP/1.1 and a status',
  },
};
/** Longer than any answer expected; what does not match by then is none. */
const longestAnswerBytes = 16;

/**
 * Tries a link from outside the target, as a client of the dependency would.
 *
 * @throws the reason of `signal` when aborted; whatever the link does is a sighting, not an error.
 */
export function tryLink(
  kind: ServiceKind,
  host: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Sighting> {
  if (signal.aborted) return Promise.reject(signal.reason);
  const startedMs = performance.now();
  const socket = connect({ host, port, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<Sighting>();
  const abort = () => reject(signal.reason);
  const timer = setTimeout(
    () => resolve({ seen: 'silent', detail: `no answer within ${timeoutMs} ms` }),
    timeoutMs,
  );
  signal.addEventListener('abort', abort, { once: true });
  watch(socket, kind, startedMs, resolve);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    socket.destroy();
  });
}

function watch(socket: Socket, kind: ServiceKind, startedMs: number, saw: (it: Sighting) => void): void {
  const { question, answer, expected } = exchanges[kind];
  const afterMs = () => performance.now() - startedMs;
  const after = () => `after ${afterMs().toFixed(1)} ms`;
  let got = '';
  socket.on('connect', () => socket.write(question));
  socket.on('data', (chunk: Buffer) => {
    got += chunk.toString('latin1', 0, longestAnswerBytes);
    if (answer.test(got)) {
      saw({
        seen: 'works',
        roundTripMs: afterMs(),
        detail: `answered ${JSON.stringify(line(got))} ${after()}`,
      });
    } else if (got.length >= longestAnswerBytes) {
      saw({ seen: 'cut', detail: `expected ${expected}, got ${JSON.stringify(line(got))} ${after()}` });
    }
  });
  socket.on('end', () => saw({ seen: 'cut', detail: `closed without an answer ${after()}` }));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    saw({ seen: sightOf(error.code), detail: `${error.code ?? error.message} ${after()}` });
  });
}

function sightOf(code: string | undefined): Sighting['seen'] {
  if (code === 'ECONNREFUSED') return 'refused';
  return code === 'ETIMEDOUT' ? 'silent' : 'cut';
}

function line(text: string): string {
  return text.split('\r\n', 1)[0]!.slice(0, longestAnswerBytes);
}
