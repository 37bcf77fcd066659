import { describe, expect, it } from 'vitest';
import type { Entry } from '../journal/entry.ts';
import { change, healthyJournal, inside } from '../observe/fixtures/journal.ts';
import { journalFor, judged } from './fixtures/judged.ts';

/** The first `count` requests of the fault phase get this answer, the others stay as they are. */
function inFault(count: number, answer: { durationMs?: number; status?: number }): Entry[] {
  let left = count;
  return change(healthyJournal(), 'request', (it) =>
    inside('fault', it) && left-- > 0 ? { ...it, ...answer } : it,
  );
}

describe('judgeLatency', () => {
  it.each([
    { what: 'all fast', count: 0, answer: {}, outcome: 'met' },
    // P95 of 800: the interval is from the 748th to the 773rd value, so 27 slow ones leave its upper end fast.
    { what: '27 of 800 slow', count: 27, answer: { durationMs: 300 }, outcome: 'met' },
    { what: '28 of 800 slow', count: 28, answer: { durationMs: 300 }, outcome: 'inconclusive' },
    { what: '52 of 800 slow', count: 52, answer: { durationMs: 300 }, outcome: 'inconclusive' },
    { what: '53 of 800 slow', count: 53, answer: { durationMs: 300 }, outcome: 'violated' },
    { what: 'all slow', count: 800, answer: { durationMs: 300 }, outcome: 'violated' },
    { what: 'exactly the limit', count: 800, answer: { durationMs: 200 }, outcome: 'violated' },
    { what: 'no answer after 0 ms', count: 800, answer: { durationMs: 0, status: 0 }, outcome: 'violated' },
  ])('with $what in the fault phase: $outcome', ({ count, answer, outcome }) => {
    const entries = inFault(count, answer);
    expect(judged(entries, 'latency', 'fault').outcome).toBe(outcome);
    expect(judged(entries, 'latency', 'baseline').outcome).toBe('met');
  });

  it('counts no answer as infinitely slow', () => {
    expect(judged(inFault(800, { durationMs: 0, status: 0 }), 'latency', 'fault')).toMatchObject({
      observed: Infinity,
      interval: [Infinity, Infinity],
      samples: 800,
    });
  });

  it.each([
    {
      samples: 58,
      outcome: 'inconclusive',
      reason: '58 requests cannot bound the P95 from above, at least 59 are needed',
    },
    { samples: 59, outcome: 'met', reason: undefined },
  ])('with $samples requests: $outcome', ({ samples, outcome, reason }) => {
    let left = samples;
    const few = change(healthyJournal(), 'request', (it) =>
      inside('fault', it) && left-- <= 0 ? undefined : it,
    );
    const spans = change(few, 'span', () => undefined);
    const [first, ...rest] = spans;
    if (first?.kind !== 'run') throw new Error('a journal begins with `run`');
    const unwatched = { ...first.scenario, target: { ...first.scenario.target, preload: false } };
    const judgement = judged([{ ...first, scenario: unwatched }, ...rest], 'latency', 'fault');
    expect(judgement).toMatchObject({ outcome, samples, ...(reason && { reason }) });
  });

  it.each([
    { percentile: 0.5, claim: 'P50 of the requests "create" < 200 ms', samples: 80, outcome: 'met' },
    {
      percentile: 0.999,
      claim: 'P99.9 of the requests "create" < 200 ms',
      samples: 80,
      outcome: 'inconclusive',
    },
    { percentile: 1, claim: 'P100 of the requests "create" < 200 ms', samples: 80, outcome: 'inconclusive' },
    { percentile: 0, claim: 'P0 of the requests "create" < 200 ms', samples: 80, outcome: 'met' },
  ])('names what it judges: $claim', ({ percentile, ...expected }) => {
    const slo = { kind: 'latency', percentile, maxMs: 200, phases: ['fault'], request: 'create' } as const;
    expect(judged(journalFor([{ ...slo, phases: ['fault'] }]), 'latency')).toMatchObject(expected);
  });

  it('says which requests there are when one is misspelt', () => {
    const slo = {
      kind: 'latency' as const,
      percentile: 0.95,
      maxMs: 200,
      phases: ['fault' as const],
      request: 'craete',
    };
    expect(judged(journalFor([slo]), 'latency')).toMatchObject({
      outcome: 'inconclusive',
      samples: 0,
      reason: 'no request "craete" was sent; those that were: create, list, read',
    });
  });
});
