import { describe, expect, it } from 'vitest';
import { phaseWindows, within } from './phases.ts';

const entry = (atMs: number, phase: 'warmup' | 'baseline' | 'fault' | 'end') =>
  ({ kind: 'phase', atMs, phase }) as const;

describe('phaseWindows', () => {
  it.each([
    { what: 'nothing of no entries', entries: [], expected: [] },
    {
      what: 'windows that touch',
      entries: [entry(10, 'warmup'), entry(20, 'baseline'), entry(50, 'end')],
      expected: [
        { phase: 'warmup', startMs: 10, endMs: 20, closed: true },
        { phase: 'baseline', startMs: 20, endMs: 50, closed: true },
      ],
    },
    {
      what: 'an open window up to the end of the record',
      entries: [entry(10, 'warmup'), entry(20, 'baseline')],
      expected: [
        { phase: 'warmup', startMs: 10, endMs: 20, closed: true },
        { phase: 'baseline', startMs: 20, endMs: 99, closed: false },
      ],
    },
    {
      what: 'the same in another order',
      entries: [entry(50, 'end'), entry(10, 'warmup')],
      expected: [{ phase: 'warmup', startMs: 10, endMs: 50, closed: true }],
    },
  ])('makes $what', ({ entries, expected }) => {
    expect(phaseWindows(entries, 99)).toEqual(expected);
  });

  it('gives the edge to the later window', () => {
    expect(within({ startMs: 10, endMs: 20 }, 10)).toBe(true);
    expect(within({ startMs: 10, endMs: 20 }, 20)).toBe(false);
  });
});
