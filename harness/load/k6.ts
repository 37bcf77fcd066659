/**
 * What a k6 script imports from Ordeal. Runs inside k6, not Node: no npm packages, no Node modules.
 *
 * Iteration `i` of a run with seed `s` always does the same thing, whichever virtual user runs it, because every
 * choice is drawn from `random(s, i)`.
 */
import { check } from 'k6';
import exec from 'k6/execution';
import http, { type RefinedResponse, type RequestBody, type ResponseType } from 'k6/http';
import { Counter } from 'k6/metrics';
import type { Plan } from './plan.ts';

export const plan: Plan = JSON.parse(open(__ENV.ORDEAL_PLAN as string));

/**
 * k6 options for a plan: open model, a graceful end long enough for the slowest answer. Every virtual user is there from
 * the start: one that is made when all are busy takes 2 ms of CPU just when the service has none to spare, and k6 drops
 * the iteration that it is made for.
 */
export const options = {
  discardResponseBodies: false,
  scenarios: {
    load: {
      executor: 'constant-arrival-rate',
      rate: Math.round(plan.ratePerSecond * 10),
      timeUnit: '10s',
      duration: `${plan.durationMs}ms`,
      preAllocatedVUs: plan.maxVirtualUsers,
      maxVUs: plan.maxVirtualUsers,
      gracefulStop: '10s',
    },
  },
};

/** Number of this iteration in the whole run, from 0. */
export function iteration(): number {
  return exec.scenario.iterationInTest;
}

/** Draws of this iteration: uniform in [0, 1). Mulberry32 (Tommy Ettinger), seeded with a mix of both numbers. */
export function random(seed: number, index: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A sampler of 1..count in which rank k has a share proportional to k^-exponent (Zipf). */
export function zipf(count: number, exponent: number): (draw: number) => number {
  const cumulative: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= count; rank += 1) {
    sum += rank ** -exponent;
    cumulative.push(sum);
  }
  return (draw) => {
    const wanted = draw * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] as number) > wanted) high = middle;
      else low = middle + 1;
    }
    return low + 1;
  };
}

/** Picks a name by its share; shares need not add up to 1. */
export function pick<Name extends string>(shares: Record<Name, number>, draw: number): Name {
  const entries = Object.entries(shares) as [Name, number][];
  let left = draw * entries.reduce((sum, [, share]) => sum + share, 0);
  for (const [name, share] of entries) {
    left -= share;
    if (left < 0) return name;
  }
  return (entries[entries.length - 1] as [Name, number])[0];
}

type Answer = RefinedResponse<ResponseType | undefined>;

/** Sends one request: named by `name` in every sample, with a request id of its own that the answer must carry. */
export function send(name: string, method: string, path: string, body?: unknown): Answer {
  const requestId = `k6-${plan.seed}-${iteration()}`;
  const headers: Record<string, string> = { 'X-Request-ID': requestId };
  let payload: RequestBody | null = null;
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
    payload = JSON.stringify(body);
  }
  const answer = http.request(method, plan.baseUrl + path, payload, { headers, tags: { name } });
  if (answer.status !== 0) check(answer, { 'request id': (it) => it.headers['X-Request-Id'] === requestId });
  return answer;
}

const writes = new Counter('ordeal_writes');

/**
 * Tells the harness of a write, so that it can be read back at the end.
 * @param key what the service calls it; only known when it answered
 */
export function recordWrite(answer: Answer, value: string, key?: string): void {
  const acknowledged = answer.status >= 200 && answer.status < 300 && key !== undefined;
  const refused = answer.status >= 400 && answer.status < 500;
  const metadata = exec.vu.metrics.metadata;
  metadata.value = value;
  if (key !== undefined) metadata.key = key;
  writes.add(1, { outcome: acknowledged ? 'acknowledged' : refused ? 'refused' : 'unknown' });
  delete metadata.value;
  delete metadata.key;
}
