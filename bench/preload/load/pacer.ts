/**
 * Tells its parent how many requests are due by now. A thread of its own because the event loop's timers are exact to
 * a millisecond only, and at 2,000 requests/s two of them are due in that time.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { nowMs } from './clock.ts';

const { beginMs, gapMs, total } = workerData as { beginMs: number; gapMs: number; total: number };
const never = new Int32Array(new SharedArrayBuffer(4));

for (let due = 0; due < total; ) {
  Atomics.wait(never, 0, 0, Math.max(0, beginMs + due * gapMs - nowMs()));
  due = Math.min(total, Math.floor((nowMs() - beginMs) / gapMs) + 1);
  parentPort!.postMessage(due);
}
