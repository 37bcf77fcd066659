import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const inFlightMax = 4;
const queuedBytesMax = 32 * 1024 * 1024;
const answerMs = 5000;
const farewellMs = 2000;

export interface Parcel {
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** Passes requests on without making the sender wait; what cannot be passed on is counted. */
export interface Forwarder extends AsyncDisposable {
  readonly failures: number;
  pass(parcel: Parcel): void;
}

/** Disposing waits up to 2 s for what is under way; the rest counts as failed. */
export function createForwarder(baseUrl: string): Forwarder {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlightMax });
  const stop = new AbortController();
  const queue: Parcel[] = [];
  let queuedBytes = 0;
  let failures = 0;
  const inFlight = new Set<Promise<void>>();

  function next(): void {
    const parcel = inFlight.size < inFlightMax ? queue.shift() : undefined;
    if (!parcel) return;
    queuedBytes -= parcel.body.length;
    const sending = send(baseUrl, parcel, agent, stop.signal)
      .catch(() => {
        failures += 1;
      })
      .finally(() => {
        inFlight.delete(sending);
        next();
      });
    inFlight.add(sending);
  }

  return {
    get failures() {
      return failures;
    },
    pass(parcel) {
      if (stop.signal.aborted || queuedBytes + parcel.body.length > queuedBytesMax) {
        failures += 1;
        return;
      }
      queue.push(parcel);
      queuedBytes += parcel.body.length;
      next();
    },
    async [Symbol.asyncDispose]() {
      const deadline = sleep(farewellMs, 'late', { ref: false });
      while (inFlight.size > 0 && (await Promise.race([deadline, Promise.all(inFlight)])) !== 'late');
      failures += queue.splice(0).length;
      stop.abort();
      await Promise.all(inFlight);
      agent.destroy();
    },
  };
}

function send(
  baseUrl: string,
  { path, headers, body }: Parcel,
  agent: Agent,
  stop: AbortSignal,
): Promise<void> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(answerMs)]);
  return new Promise((resolve, reject) => {
    const sending = request(baseUrl.replace(/\/$/, '') + path, { method: 'POST', headers, agent, signal });
    sending.on('error', reject);
    sending.on('response', (answer) => {
      answer.on('error', reject);
      answer.on('end', () =>
        // Loki's answer to a push is 204.
        answer.statusCode === 200 || answer.statusCode === 204
          ? resolve()
          : reject(new Error(`${answer.statusCode}`)),
      );
      answer.resume();
    });
    sending.end(body);
  });
}
