import { describe, expect, it } from 'vitest';
import type { Entry, ProofEntry } from '../journal/entry.ts';
import { at, change, healthyJournal } from '../observe/fixtures/journal.ts';
import { observe } from '../observe/observe.ts';
import { faultProblems, faultProblemsSoFar } from './fault-problems.ts';
import { judge } from './judge.ts';

const healthy = healthyJournal();
const unproved = (which: (proof: ProofEntry) => boolean) =>
  change(healthy, 'proof', (it) =>
    which(it) ? { ...it, proved: false, detail: 'it did something else' } : it,
  );
const without = (moment: ProofEntry['moment']) =>
  change(healthy, 'proof', (it) => (it.moment === moment ? undefined : it));
const withoutEvent = (event: 'injected' | 'healed') =>
  change(healthy, 'fault', (it) => (it.event === event ? undefined : it));
const during = (atMs: number, roundTripMs: number): Entry => ({
  kind: 'proof',
  atMs,
  index: 0,
  link: 'redis',
  moment: 'during',
  expected: 'fault',
  seen: 'works',
  roundTripMs,
  proved: false,
  detail: 'answered',
});

const cases: { what: string; entries: Entry[]; problem: string | undefined; soFar: boolean }[] = [
  { what: 'all proved', entries: healthy, problem: undefined, soFar: false },
  {
    what: 'no try before',
    entries: without('before'),
    problem: 'nobody tried the link before it',
    soFar: true,
  },
  {
    what: 'no try during',
    entries: without('during'),
    problem: 'nobody tried the link while it was in force',
    soFar: true,
  },
  {
    what: 'no try after',
    entries: without('after'),
    problem: 'nobody tried the link after the heal',
    soFar: false,
  },
  {
    what: 'a link that never worked',
    entries: unproved((it) => it.moment === 'before'),
    problem: 'before it the link did not work (it did something else)',
    soFar: true,
  },
  {
    what: 'a first try before that failed',
    entries: unproved((it) => it.atMs < at.baseline),
    problem: undefined,
    soFar: false,
  },
  {
    what: 'one try during not proved',
    entries: unproved((it) => it.moment === 'during' && it.atMs > at.healed - 1_000),
    problem: 'a try while it was in force did not show it (it did something else)',
    soFar: true,
  },
  {
    what: 'a link that does not come back',
    entries: unproved((it) => it.moment === 'after'),
    problem: 'after the heal the link did not work (it did something else)',
    soFar: false,
  },
  { what: 'never injected', entries: withoutEvent('injected'), problem: 'it never went in', soFar: false },
  { what: 'never healed', entries: withoutEvent('healed'), problem: 'it was never healed', soFar: false },
  {
    what: 'a try that straddles the heal',
    entries: [...healthy, during(at.healed - 5, 6)],
    problem: undefined,
    soFar: false,
  },
  {
    what: 'a try before the injection was complete',
    entries: [...healthy, during(at.injected - 1, 1)],
    problem: undefined,
    soFar: false,
  },
];

describe('faultProblems', () => {
  it.each(cases)('with $what: $problem', ({ entries, problem, soFar }) => {
    const text = problem && `the fault refuse on the link redis is not proved: ${problem}`;
    const seen = observe(entries);
    expect(faultProblems(seen)).toEqual(text ? [text] : []);
    expect(faultProblemsSoFar(seen)).toEqual(text && soFar ? [text] : []);
  });

  it.each(cases)(
    'makes a run with $what end with 3 and nothing met when it is a problem',
    ({ entries, problem }) => {
      const verdict = judge(entries);
      expect(verdict.ending.kind).toBe(problem ? 'harness-failed' : 'completed');
      expect(verdict.exitCode).toBe(problem ? 3 : 0);
      expect(verdict.judgements.some((it) => it.outcome === 'met')).toBe(!problem);
      expect(verdict.judgements.some((it) => it.outcome === 'violated')).toBe(false);
    },
  );

  it('asks nothing of a run without faults', () => {
    expect(faultProblems(observe(healthyJournal({ faults: [] })))).toEqual([]);
  });
});
