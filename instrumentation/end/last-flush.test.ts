import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { flushAtEnd } from './last-flush.ts';

const heldMs = 1500;
const flushTakesMs = 30;

/** A process in which nothing happens but what a test does, and what each flush may take. */
function ending() {
  const host = Object.assign(new EventEmitter(), { pid: 1, kill: () => true, reallyExit: () => {} });
  const flushes: number[] = [];
  flushAtEnd(host as unknown as NodeJS.Process, {
    handOver: () => {},
    flush: (forMs) => {
      flushes.push(Math.round(forMs));
      for (const untilMs = performance.now() + flushTakesMs; performance.now() < untilMs; );
    },
  });
  return { host, flushes };
}

it('an end that comes by twice is held once', () => {
  const { host, flushes } = ending();
  host.emit('exit', 0);
  host.reallyExit();
  expect(flushes).toEqual([heldMs, expect.any(Number)]);
  expect(flushes[1]).toBeLessThanOrEqual(heldMs - flushTakesMs);
});

it('a process that outlives the signal it sends itself is held at its end as long as any', async () => {
  const { host, flushes } = ending();
  host.emit('SIGTERM');
  await new Promise((go) => setTimeout(go, 10));
  host.emit('exit', 0);
  expect(flushes).toEqual([heldMs, heldMs]);
});
