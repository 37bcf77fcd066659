import { describe, expect, it } from 'vitest';
import type { Entry } from '../journal/entry.ts';
import { at, change, healthyJournal, runMs } from '../observe/fixtures/journal.ts';
import { judged } from './fixtures/judged.ts';
import { judge } from './judge.ts';

const healthy = healthyJournal();
/** It dies in the middle of the fault phase, and the run ends at once. */
const diedMs = at.fault + 4_000;
const died: Entry[] = [
  ...healthy.filter((it) => it.atMs < diedMs && it.kind !== 'end'),
  {
    kind: 'target',
    atMs: diedMs,
    event: 'exited',
    exitCode: null,
    signal: 'SIGSEGV',
    logTail: 'out of luck\n',
  },
  { kind: 'load', atMs: diedMs + 50, iterations: 0, droppedIterations: 0, exitCode: null },
  { kind: 'end', atMs: diedMs + 100, ending: 'completed', message: 'the target ended by itself (SIGSEGV)' },
];

describe('judgeTargetStays', () => {
  it.each<[string, Entry[], object]>([
    ['stopped when asked', healthy, { outcome: 'met', observed: 0 }],
    [
      'died',
      died,
      {
        outcome: 'violated',
        observed: 1,
        detail: 'it exited at +20.0 s with the signal SIGSEGV; its last lines:\nout of luck',
      },
    ],
    [
      'ended with 0 by itself',
      change(healthy, 'target', (it) => (it.event === 'stopped' ? { ...it, event: 'exited' } : it)),
      { outcome: 'violated', detail: 'it exited at +37.8 s with exit code 0' },
    ],
    [
      'ended before it was ready',
      change(healthy, 'target', (it) => ({ ...it, event: 'exited', atMs: runMs + 100 })),
      { outcome: 'inconclusive', reason: 'the target never became ready' },
    ],
    ['is not in the journal', change(healthy, 'target', () => undefined), { outcome: 'inconclusive' }],
  ])('when the target %s', (_, entries, expected) => {
    expect(judged(entries, 'invariant')).toMatchObject(expected);
  });

  it('is no failure of the harness, although load and faults broke off', () => {
    const { ending, exitCode, outcome } = judge(died);
    expect({ ending, exitCode, outcome }).toEqual({
      ending: { kind: 'completed', message: 'the target ended by itself (SIGSEGV)' },
      exitCode: 1,
      outcome: 'violated',
    });
  });

  it('leaves what was judged before it, and meets nothing after', () => {
    expect(judged(died, 'latency', 'baseline').outcome).toBe('met');
    expect(judged(died, 'latency', 'fault')).toMatchObject({
      outcome: 'inconclusive',
      reason: 'the phase fault was broken off after 4.1 s of 8 s: the target ended by itself (SIGSEGV)',
    });
    expect(judged(died, 'latency', 'recovery')).toMatchObject({
      reason: 'the phase recovery was never reached: the target ended by itself (SIGSEGV)',
    });
  });
});
