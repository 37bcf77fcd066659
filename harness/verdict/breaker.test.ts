import { describe, expect, it } from 'vitest';
import type { BreakerState, Entry } from '../journal/entry.ts';
import { at, bucket, change, healthyJournal, inside, runMs } from '../observe/fixtures/journal.ts';
import { journalFor, judged } from './fixtures/judged.ts';

/** The healthy journal with another story of its breaker, told by both witnesses unless `samples` says otherwise. */
function withBreaker(
  transitions: [atMs: number, state: BreakerState][],
  samples = sampled(transitions),
): Entry[] {
  const others = change(healthyJournal(), 'breaker', () => undefined);
  const about = { kind: 'breaker', breaker: 'redis' } as const;
  return [
    ...others.slice(0, -1),
    ...transitions.map(([atMs, state]): Entry => ({ ...about, atMs, state, source: 'transition' })),
    ...samples.map(([atMs, state]): Entry => ({ ...about, atMs, state, source: 'sample' })),
    others.at(-1)!,
  ];
}

function sampled(transitions: [atMs: number, state: BreakerState][]): [number, BreakerState][] {
  return Array.from({ length: 34 }, (_, second) => {
    const atMs = runMs + 2_500 + second * 1_000;
    return [atMs, transitions.findLast((it) => it[0] <= atMs)?.[1] ?? 'closed'];
  });
}

const opened: [number, BreakerState] = [at.injected + 300, 'open'];
const closed: [number, BreakerState] = [at.healed + 700, 'closed'];
const none = change(healthyJournal(), 'breaker', () => undefined);
/** Nothing is heard of it from this moment on. */
const silentFrom = (entries: Entry[], atMs: number) =>
  change(entries, 'breaker', (it) => (it.atMs < atMs ? it : undefined));

describe('judgeBreakerOpens', () => {
  it.each<[string, Entry[], object]>([
    [
      'after 300 ms',
      withBreaker([opened, closed]),
      { outcome: 'met', observed: 300, detail: 'open at +16.3 s' },
    ],
    [
      'at the limit',
      withBreaker([[at.injected + 2_000, 'open'], closed]),
      { outcome: 'met', observed: 2_000 },
    ],
    [
      'too late',
      withBreaker([[at.injected + 2_001, 'open'], closed]),
      { outcome: 'violated', observed: 2_001 },
    ],
    [
      'while the fault went in',
      withBreaker([[at.injected - 10, 'open'], closed]),
      { outcome: 'met', observed: 0 },
    ],
    ['never', withBreaker([]), { outcome: 'violated', observed: Infinity, detail: 'it never opened' }],
    [
      'never, by a dead signal',
      silentFrom(withBreaker([]), at.fault),
      {
        outcome: 'inconclusive',
        reason: 'it was not seen to open, but its signal was not alive (0 samples)',
      },
    ],
    [
      'long before the fault',
      withBreaker([[at.baseline, 'open'], closed]),
      { outcome: 'inconclusive', reason: 'it was open already when the fault went in' },
    ],
    [
      'from half-open',
      withBreaker([[at.baseline, 'half-open'], opened, closed]),
      { outcome: 'met', observed: 300 },
    ],
    [
      'by its samples only',
      withBreaker([], sampled([opened, closed])),
      {
        outcome: 'inconclusive',
        reason: 'the witnesses disagree at +16.5 s: sampled as open, closed by its transitions',
      },
    ],
    ['unheard of', none, { outcome: 'inconclusive', reason: 'no breaker was heard of' }],
    [
      'with no fault',
      change(healthyJournal(), 'fault', () => undefined),
      { outcome: 'inconclusive', reason: 'no fault went in' },
    ],
  ])('opens %s', (_, entries, expected) => {
    expect(judged(entries, 'breaker-opens')).toMatchObject(expected);
  });

  it('is not violated by a watch shorter than the limit', () => {
    const slow = withBreaker([]).map((it) =>
      it.kind === 'run'
        ? {
            ...it,
            scenario: { ...it.scenario, hypothesis: [{ kind: 'breaker-opens' as const, withinMs: 60_000 }] },
          }
        : it,
    );
    expect(judged(slow, 'breaker-opens')).toMatchObject({
      outcome: 'inconclusive',
      reason: 'it was watched for 19.98 s only',
    });
  });
});

describe('judgeBreakerCloses', () => {
  it.each<[string, Entry[], object]>([
    [
      'after 700 ms',
      withBreaker([opened, closed]),
      { outcome: 'met', observed: 700, detail: 'closed for good at +24.7 s' },
    ],
    [
      'at the limit',
      withBreaker([opened, [at.healed + 5_000, 'closed']]),
      { outcome: 'met', observed: 5_000 },
    ],
    [
      'too late',
      withBreaker([opened, [at.healed + 5_001, 'closed']]),
      { outcome: 'violated', observed: 5_001 },
    ],
    [
      'and opens once more in time',
      withBreaker([opened, closed, [at.healed + 2_000, 'open'], [at.healed + 3_000, 'closed']]),
      { outcome: 'met', observed: 3_000 },
    ],
    [
      'and opens again later',
      withBreaker([opened, closed, [at.healed + 8_000, 'open'], [at.healed + 9_000, 'closed']]),
      { outcome: 'violated', observed: 9_000 },
    ],
    [
      'not',
      withBreaker([opened]),
      { outcome: 'violated', observed: Infinity, detail: 'open since +24.0 s and at the end' },
    ],
    [
      'but for half',
      withBreaker([opened, [at.healed + 700, 'half-open']]),
      { outcome: 'violated', detail: 'half-open since +24.7 s and at the end' },
    ],
    ['before the heal', withBreaker([opened, [at.fault + 5_000, 'closed']]), { outcome: 'met', observed: 0 }],
    [
      'although it never opened',
      withBreaker([]),
      { outcome: 'inconclusive', reason: 'it never opened, so there was nothing to close' },
    ],
    [
      'by a dead signal',
      silentFrom(withBreaker([opened, closed]), at.healed + 1_000),
      { outcome: 'inconclusive', reason: 'its signal was not alive after the heal (1 sample)' },
    ],
    [
      'with no heal',
      change(healthyJournal(), 'fault', (it) => (it.event === 'healed' ? undefined : it)),
      { outcome: 'inconclusive', reason: 'no fault was healed' },
    ],
    [
      'after the load is over',
      withBreaker([opened, [at.end + 10, 'closed']]),
      { outcome: 'violated', observed: Infinity },
    ],
  ])('closes %s', (_, entries, expected) => {
    expect(judged(entries, 'breaker-closes')).toMatchObject(expected);
  });
});

describe('judgeBreakerSilences', () => {
  const healthy = healthyJournal();
  it.each<[string, Entry[], object]>([
    [
      'nothing',
      healthy,
      {
        outcome: 'met',
        observed: 0,
        samples: 82,
        detail: 'watched for 8.27 s, of which the link let commands through for 700 ms',
      },
    ],
    [
      'a command after the heal',
      [...healthy, bucket(at.healed + 300, 2, 0)],
      { outcome: 'violated', observed: 2, detail: expect.stringContaining('; the first at +24.3 s') },
    ],
    ['a command sent before it opened', [...healthy, bucket(at.injected + 300, 5, 0)], { outcome: 'met' }],
    [
      'a command right after that',
      [...healthy, bucket(at.injected + 400, 5, 0)],
      { outcome: 'violated', observed: 5 },
    ],
    ['a bucket across its end', [...healthy, bucket(at.healed + 650, 5, 0)], { outcome: 'met' }],
    ['handshakes', [...healthy, { ...bucket(at.healed + 300, 0, 0), handshakes: 9 }], { outcome: 'met' }],
    [
      'a command on another link',
      [...healthy, bucket(at.healed + 300, 2, 0, 'postgres')],
      { outcome: 'met' },
    ],
    [
      'a probe in every half-open time',
      [
        ...withBreaker([opened, [at.fault + 2_000, 'half-open'], [at.fault + 2_300, 'open'], closed]),
        bucket(at.fault + 2_100, 1, 0),
      ],
      { outcome: 'met' },
    ],
    [
      'nothing in the whole run',
      change(healthy, 'link', () => undefined),
      {
        outcome: 'inconclusive',
        reason: 'no command passed the link redis in the whole run, so its counts prove nothing',
      },
    ],
    ['anything, never open', withBreaker([]), { outcome: 'inconclusive', reason: 'it was never open' }],
    [
      'anything, open too shortly',
      withBreaker([opened, [at.injected + 450, 'closed']]),
      { outcome: 'inconclusive', reason: 'it was open for 150 ms, too short for a whole bucket of 100 ms' },
    ],
    ['anything, unheard of', none, { outcome: 'inconclusive', reason: 'no breaker was heard of' }],
    [
      'anything, open by its samples only',
      withBreaker([], sampled([opened, closed])),
      { outcome: 'inconclusive', reason: expect.stringContaining('the witnesses disagree') },
    ],
  ])('passes %s', (_, entries, expected) => {
    expect(judged(entries, 'breaker-silences')).toMatchObject(expected);
  });

  it.each([
    [5, 'met'],
    [4, 'violated'],
  ])('lets %i commands of five through: %s', (maxCommands, outcome) => {
    const entries = change([...healthy, bucket(at.healed + 300, 5, 0)], 'run', (run) => {
      const hypothesis = run.scenario.hypothesis.map((slo) =>
        slo.kind === 'breaker-silences' ? { ...slo, maxCommands } : slo,
      );
      return { ...run, scenario: { ...run.scenario, hypothesis } };
    });
    expect(judged(entries, 'breaker-silences')).toMatchObject({ outcome, observed: 5 });
  });
});

describe('judgeBreakerStaysClosed', () => {
  it.each<[string, Entry[], object]>([
    ['closed', withBreaker([]), { outcome: 'met', observed: 0, samples: 8 }],
    [
      'open for a moment',
      withBreaker([
        [at.baseline + 200, 'open'],
        [at.baseline + 210, 'closed'],
      ]),
      { outcome: 'violated', observed: 1, detail: 'open at +8.2 s' },
    ],
    [
      'open by a sample only',
      withBreaker([], [...sampled([]), [at.baseline + 10, 'half-open']]),
      { outcome: 'violated', detail: 'half-open at +8.0 s' },
    ],
    [
      'open since the warm-up',
      withBreaker([[at.warmup, 'open']]),
      { outcome: 'violated', detail: 'open at +8.0 s' },
    ],
    ['open in another phase', withBreaker([opened, closed]), { outcome: 'met' }],
    [
      'silent',
      change(withBreaker([]), 'breaker', (it) => (inside('baseline', it) ? undefined : it)),
      { outcome: 'inconclusive', reason: 'its signal was not alive (0 samples)' },
    ],
    [
      'silent half of the time',
      silentFrom(withBreaker([]), at.baseline + 2_900),
      { outcome: 'inconclusive' },
    ],
    ['unheard of', none, { outcome: 'inconclusive', reason: 'no breaker was heard of' }],
  ])('when it is %s', (_, entries, expected) => {
    expect(judged(entries, 'breaker-stays-closed')).toMatchObject(expected);
  });
});

describe('which breaker', () => {
  const second: Entry = {
    kind: 'breaker',
    atMs: at.baseline,
    breaker: 'embeddings',
    state: 'closed',
    source: 'sample',
  };
  it.each([
    {
      what: 'the only one',
      breaker: undefined,
      more: [],
      expected: { outcome: 'met', claim: 'the breaker opens within 2 s of the fault' },
    },
    {
      what: 'the one that is named',
      breaker: 'redis',
      more: [second],
      expected: { outcome: 'met', claim: 'the breaker redis opens within 2 s of the fault' },
    },
    {
      what: 'none of several',
      breaker: undefined,
      more: [second],
      expected: {
        outcome: 'inconclusive',
        reason: 'there are several breakers (embeddings, redis) and the SLO names none',
      },
    },
    {
      what: 'none of another name',
      breaker: 'rdeis',
      more: [],
      expected: {
        outcome: 'inconclusive',
        reason: 'no breaker "rdeis" was heard of; those that were: redis',
      },
    },
  ])('is $what', ({ breaker, more, expected }) => {
    const slo = { kind: 'breaker-opens' as const, withinMs: 2_000, ...(breaker && { breaker }) };
    expect(judged([...journalFor([slo]), ...more], 'breaker-opens')).toMatchObject(expected);
  });

  it('cannot be known without the preload', () => {
    const target = { command: ['node', 'server.js'], preload: false };
    const entries = change(
      journalFor([{ kind: 'breaker-opens', withinMs: 1 }], { target }),
      'breaker',
      () => undefined,
    );
    expect(judged(entries, 'breaker-opens')).toMatchObject({
      reason: 'no breaker was heard of: the target runs without the preload',
    });
  });
});
