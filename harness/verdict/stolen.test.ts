import { describe, expect, it } from 'vitest';
import type { Entry } from '../journal/entry.ts';
import { at, change, healthyJournal, inside } from '../observe/fixtures/journal.ts';
import { judged } from './fixtures/judged.ts';
import { judge } from './judge.ts';

const healthy = healthyJournal();
/** The machine is watched each half second. */
const watched = (fromMs: number, toMs: number, busyMs: number, stolenMs: number): Entry[] => {
  const buckets = Array.from({ length: (toMs - fromMs) / 500 }, (_, i) => fromMs + i * 500);
  return buckets.map((atMs) => ({ kind: 'machine', atMs, forMs: 500, busyMs, stolenMs }));
};
const slow = (fromMs: number, toMs: number) =>
  change(healthy, 'request', (it) => (fromMs <= it.atMs && it.atMs < toMs ? { ...it, durationMs: 900 } : it));
const second = at.fault + 1_000;

describe('P95 of a phase that was slow for a second', () => {
  const entries = slow(second, second + 1_000);

  it('is violated on a machine of its own', () => {
    expect(judged(entries, 'latency', 'fault').outcome).toBe('violated');
    expect(judge([...entries, ...watched(at.warmup, at.end, 500, 50)]).exitCode).toBe(1);
  });

  it('is inconclusive when others had the machine just then, and says how it was otherwise', () => {
    const all = [...entries, ...watched(second, second + 1_000, 200, 300)];
    expect(judged(all, 'latency', 'fault')).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringMatching(
        /^the CPU was stolen: for 1 s in or just before the phase fault other machines had up to 60 % of .*; without that time [\d.]+ ms \(\d+ samples\)$/,
      ),
    });
    expect(judge(all)).toMatchObject({
      exitCode: 2,
      doubts: [expect.stringContaining('for 1 s in or just before the phase fault')],
    });
  });

  it.each([
    ['half of what it wanted', 200, 200, 1],
    ['more than half', 190, 210, 2],
    ['much of next to nothing', 20, 40, 1],
  ])('others had %s: %i ms busy, %i ms stolen: exit code %i', (_, busyMs, stolenMs, exitCode) => {
    const all = [...entries, ...watched(second, second + 1_000, busyMs, stolenMs)];
    expect(judge(all).exitCode).toBe(exitCode);
  });

  it('is violated when others had the machine in another phase', () => {
    expect(judge([...entries, ...watched(at.baseline, at.baseline + 1_000, 200, 300)])).toMatchObject({
      exitCode: 1,
      doubts: [],
    });
  });
});

it('a phase that is slow throughout is violated whoever had the machine for a second', () => {
  const entries = slow(at.fault, at.recovery);
  const all = [...entries, ...watched(second, second + 1_000, 200, 300)];
  expect(judged(all, 'latency', 'fault').outcome).toBe('violated');
});

it('requests that hung long before others had the machine are violated', () => {
  const hung = change(healthy, 'request', (it) =>
    second <= it.atMs && it.atMs < at.recovery
      ? { ...it, durationMs: at.recovery - it.atMs, status: 503 }
      : it,
  );
  const all = [...hung, ...watched(at.recovery - 1_000, at.recovery - 500, 200, 300)];
  expect(judged(all, 'latency', 'fault').outcome).toBe('violated');
  expect(judged(all, 'error-rate', 'fault').outcome).toBe('violated');
});

it('what piled up while others had the machine just before a phase does not count for it', () => {
  const entries = slow(at.fault, at.fault + 900);
  const all = [...entries, ...watched(at.fault - 1_000, at.fault, 200, 300)];
  expect(judged(all, 'latency', 'fault').outcome).toBe('inconclusive');
});

it('errors while others had the machine are inconclusive, at other times violated', () => {
  const failing = change(healthy, 'request', (it) =>
    inside('fault', it) && it.atMs < at.fault + 1_000 ? { ...it, status: 503 } : it,
  );
  const stolenAt = (ms: number) => [...failing, ...watched(ms, ms + 1_000, 200, 300)];
  expect(judged(stolenAt(at.fault), 'error-rate', 'fault').outcome).toBe('inconclusive');
  expect(judged(stolenAt(at.fault + 5_000), 'error-rate', 'fault').outcome).toBe('violated');
});

it('what is met although others had the machine stays met', () => {
  const verdict = judge([...healthy, ...watched(at.warmup, at.end, 200, 300)]);
  expect(verdict).toMatchObject({ outcome: 'met', exitCode: 0, doubts: [] });
});

it('a lost write is a lost write', () => {
  const lost = change(healthy, 'read-back', (it, i) => (i === 0 ? { ...it, found: 'missing' } : it));
  expect(judge([...lost, ...watched(at.warmup, at.end, 200, 300)]).exitCode).toBe(1);
});
