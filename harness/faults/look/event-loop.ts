import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultOf, Look } from '../fault.ts';

/** So many requests fall into one block that the first of them waits for most of it. */
const requestsPerBlock = 5;
const leastApartMs = 10;
/** Of a block: how much longer than usual an answer must take to show it. */
const share = 0.7;
const patienceMs = 3_000;
/** Not to be recorded: the requests of the harness are none of the target's own. (W3C Trace Context, flag `sampled`.) */
const unsampled = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' };

/**
 * Asks the target's ready path, evenly over one round of the fault and never waiting for the answer before. A request
 * that meets a block is answered when it is over, so the slowest answer tells it from the usual one, the median.
 */
export function lookAtEventLoop(fault: FaultOf<'block-event-loop'>, url: string): Look {
  const apartMs = Math.max(leastApartMs, fault.blockMs / requestsPerBlock);
  const count = Math.ceil((fault.everyMs + fault.blockMs) / apartMs);
  return async (_, signal) => {
    const agent = new Agent({ keepAlive: true });
    try {
      const asked: Promise<number | undefined>[] = [];
      for (let i = 0; i < count; i += 1) {
        asked.push(answeredAfterMs(url, agent, signal));
        await sleep(apartMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
      const answers = await Promise.all(asked);
      signal.throwIfAborted();
      return sightingOf(answers, fault);
    } finally {
      agent.destroy();
    }
  };
}

function sightingOf(answers: readonly (number | undefined)[], { blockMs }: FaultOf<'block-event-loop'>) {
  const sorted = answers.filter((it) => it !== undefined).sort((a, b) => a - b);
  const slowest = sorted.at(-1);
  if (slowest === undefined)
    return { seen: 'silent', detail: `none of ${answers.length} requests was answered` } as const;
  const usual = sorted[Math.floor(sorted.length / 2)]!;
  return {
    seen: slowest - usual >= share * blockMs ? 'affected' : 'works',
    measured: { value: slowest, unit: 'ms' },
    detail: `the slowest of ${sorted.length} answers took ${slowest.toFixed(0)} ms, the usual one ${usual.toFixed(0)} ms`,
  } as const;
}

/** Undefined when no answer came. Any status is an answer: the loop turned. */
function answeredAfterMs(url: string, agent: Agent, signal: AbortSignal): Promise<number | undefined> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const options = { agent, headers: unsampled, signal, timeout: patienceMs };
    const request = get(url, options, (answer) => {
      resolve(performance.now() - startedMs);
      answer.on('error', () => {}).resume();
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}
