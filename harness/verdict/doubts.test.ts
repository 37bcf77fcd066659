import { describe, expect, it } from 'vitest';
import type { Entry } from '../journal/entry.ts';
import { at, change, healthyJournal, inside, runMs } from '../observe/fixtures/journal.ts';
import { judge } from './judge.ts';
import type { Judgement } from './verdict.ts';

const healthy = healthyJournal();

/** `kind phase outcome` of all that are of this outcome. */
function all(entries: Entry[], outcome: Judgement['outcome']): string[] {
  return judge(entries)
    .judgements.filter((it) => it.outcome === outcome)
    .map(({ kind, phase }) => `${kind} ${phase}`);
}

const slowFault = (entries: Entry[]) =>
  change(entries, 'request', (it) => (inside('fault', it) ? { ...it, durationMs: 900 } : it));
const failingFault = (entries: Entry[]) =>
  change(entries, 'request', (it) => (inside('fault', it) ? { ...it, status: 500 } : it));

describe('telemetry', () => {
  const keepSpans = (share: number) =>
    change(healthy, 'span', (it, i) => (i % 1_000 < share * 1_000 ? it : undefined));
  it.each([
    { what: 'all spans', entries: healthy, doubt: undefined },
    { what: '0.9 % of the spans missing', entries: keepSpans(0.991), doubt: undefined },
    {
      what: '1.1 % of the spans missing',
      entries: keepSpans(0.988),
      doubt:
        'the witnesses disagree: it told of 3264 server spans, k6 of 3300 requests (at most 1 % apart allowed)',
    },
    {
      what: 'no spans',
      entries: keepSpans(0),
      doubt:
        'the telemetry of the target is missing: it told of 0 server spans, k6 of 3300 requests (at most 1 % apart allowed)',
    },
    {
      what: 'twice as many spans',
      entries: [...healthy, ...healthy.filter((it) => it.kind === 'span')],
      doubt: expect.stringContaining('6600 server spans'),
    },
    {
      what: 'spans that a cold target begins after the warm-up did, for requests from before',
      entries: change(healthy, 'request', (it, i) => (i < 50 ? { ...it, atMs: at.warmup - 300 } : it)),
      doubt: undefined,
    },
    {
      what: 'spans of other times',
      entries: [
        ...healthy,
        ...healthy.filter((it) => it.kind === 'span').map((it) => ({ ...it, atMs: at.end + 500 })),
      ],
      doubt: undefined,
    },
  ])('with $what', ({ entries, doubt }) => {
    const verdict = judge(entries);
    expect(verdict.doubts).toEqual(doubt === undefined ? [] : [doubt]);
    expect([verdict.outcome, verdict.exitCode]).toEqual(
      doubt === undefined ? ['met', 0] : ['inconclusive', 2],
    );
    expect(all(entries, 'met').length).toBe(doubt === undefined ? verdict.judgements.length : 1);
  });

  it('is not asked for without the preload', () => {
    const unwatched = healthyJournal({
      target: { command: ['node', 'server.js'], preload: false },
      hypothesis: [{ kind: 'error-rate', max: 0.01, phases: ['baseline'] }],
    });
    expect(judge(change(unwatched, 'span', () => undefined)).doubts).toEqual([]);
  });

  it('that is missing does not hide what k6 saw', () => {
    expect(all(slowFault(change(healthy, 'span', () => undefined)), 'violated')).toEqual(['latency fault']);
  });

  it('that could not be read makes its breaker doubtful, violated or not', () => {
    const opensLate = change(healthy, 'breaker', (it) =>
      it.state === 'open' && it.atMs < at.injected + 2_500 ? undefined : it,
    );
    const malformed = change(healthy, 'telemetry', (it) => ({ ...it, malformed: 2 }));
    expect(judge(malformed).doubts).toEqual(["2 messages of the target's telemetry could not be read"]);
    expect(all(malformed, 'inconclusive')).toEqual([
      'breaker-opens fault',
      'breaker-silences run',
      'breaker-closes recovery',
      'breaker-stays-closed baseline',
    ]);
    expect(
      all(
        change(opensLate, 'telemetry', (it) => ({ ...it, malformed: 2 })),
        'violated',
      ),
    ).toEqual([]);
  });
});

describe('the load generator', () => {
  const dropping = (dropped: number, entries = healthy) =>
    change(entries, 'load', (it, second) => (second === 16 ? { ...it, droppedIterations: dropped } : it));

  it('may drop one iteration in a thousand', () => {
    const text = (dropped: number, iterations: number, where: string, share: string) =>
      `the load generator was saturated: ${dropped} of ${iterations} iterations were dropped ${where} (${share} %, at most 0.1 % allowed)`;
    expect(judge(dropping(0)).doubts).toEqual([]);
    expect(judge(dropping(1)).doubts).toEqual([text(1, 801, 'in the phase fault', '0.12')]);
    expect(judge(dropping(4)).doubts).toEqual([
      text(4, 804, 'in the phase fault', '0.5'),
      text(4, 2_804, 'after the warm-up', '0.14'),
    ]);
  });

  it('may drop what it likes while everything is cold', () => {
    const cold = change(healthy, 'load', (it, second) =>
      second === 1 ? { ...it, droppedIterations: 50 } : it,
    );
    expect(judge(cold)).toMatchObject({ outcome: 'met', doubts: [] });
  });

  it('that was saturated makes its phase doubtful', () => {
    expect(all(dropping(1), 'inconclusive')).toEqual([
      'latency fault',
      'error-rate fault',
      'breaker-opens fault',
      'request-id fault',
    ]);
    expect(judge(dropping(1)).exitCode).toBe(2);
  });

  it('that was saturated may itself be what is slow, but not what fails', () => {
    expect(all(failingFault(slowFault(healthy)), 'violated')).toEqual(['latency fault', 'error-rate fault']);
    expect(all(dropping(1, failingFault(slowFault(healthy))), 'violated')).toEqual(['error-rate fault']);
  });

  it.each([
    { exitCode: 107, text: 'k6 ended with exit code 107, expected exit code 0' },
    { exitCode: null, text: 'k6 was ended by a signal, expected exit code 0' },
    { exitCode: undefined, text: 'the end of k6 is not in the journal' },
  ])('that ended with $exitCode fails the harness', ({ exitCode, text }) => {
    const entries = change(healthy, 'load', (it) => {
      if (it.exitCode === undefined) return it;
      return exitCode === undefined ? undefined : { ...it, exitCode };
    });
    const verdict = judge(entries);
    expect(verdict.ending).toEqual({ kind: 'harness-failed', message: text });
    expect([verdict.exitCode, verdict.doubts, all(entries, 'met')]).toEqual([3, [text], []]);
  });

  it('that sent nothing proves nothing', () => {
    const silent = ['request', 'span', 'check', 'write'] as const;
    const entries = silent.reduce<Entry[]>((rest, kind) => change(rest, kind, () => undefined), healthy);
    const verdict = judge(entries);
    expect(verdict.doubts).toEqual(['k6 sent no request']);
    expect([verdict.exitCode, all(entries, 'met'), all(entries, 'violated')]).toEqual([
      2,
      ['invariant run'],
      [],
    ]);
  });
});

describe('how the run ended', () => {
  const middle = at.fault + 4_000;
  const until = (atMs: number, end?: Entry) => [
    ...healthy.filter((it) => it.atMs < atMs && it.kind !== 'end'),
    ...(end ? [end] : []),
  ];
  const baseline = [
    'latency baseline',
    'error-rate baseline',
    'cache-hit-rate baseline',
    'breaker-stays-closed baseline',
    'request-id baseline',
  ];
  it.each<[string, Entry[], kind: string, exitCode: number, met: string[]]>([
    ['was cut off', until(middle), 'cut-off', 3, []],
    [
      'was interrupted',
      until(middle, { kind: 'end', atMs: middle, ending: 'interrupted', signal: 'SIGINT' }),
      'interrupted',
      130,
      baseline,
    ],
    [
      'was terminated',
      until(middle, { kind: 'end', atMs: middle, ending: 'interrupted', signal: 'SIGTERM' }),
      'interrupted',
      143,
      baseline,
    ],
    [
      'lost its harness',
      until(middle, { kind: 'end', atMs: middle, ending: 'harness-failed', message: 'a bug' }),
      'harness-failed',
      3,
      [],
    ],
    [
      'lost its harness at the very end',
      change(healthy, 'end', (it) => ({ ...it, ending: 'harness-failed' })),
      'harness-failed',
      3,
      [],
    ],
    [
      'never began',
      until(runMs + 1, { kind: 'end', atMs: middle, ending: 'infrastructure-failed', message: 'no redis' }),
      'infrastructure-failed',
      4,
      [],
    ],
    ['was cut off after its first line', healthy.slice(0, 1), 'cut-off', 3, []],
  ])('when it %s', (_, entries, kind, exitCode, met) => {
    const verdict = judge(entries);
    expect([verdict.ending.kind, verdict.exitCode, verdict.outcome]).toEqual([
      kind,
      exitCode,
      'inconclusive',
    ]);
    expect(all(entries, 'met').sort()).toEqual(met.sort());
  });

  it('is the reason why a phase was not reached', () => {
    const entries = until(middle, { kind: 'end', atMs: middle, ending: 'interrupted', signal: 'SIGINT' });
    const reasons = judge(entries).judgements.map((it) => (it.outcome === 'inconclusive' ? it.reason : ''));
    expect(reasons).toContain('the phase recovery was never reached: the run was interrupted by SIGINT');
    expect(reasons).toContain(
      'the phase fault was broken off after 4 s of 8 s: the run was interrupted by SIGINT',
    );
  });

  it('does not make a violation untrue that was complete', () => {
    const slowBaseline = change(healthy, 'request', (it) =>
      inside('baseline', it) ? { ...it, durationMs: 900 } : it,
    );
    const wrongId = change(slowBaseline, 'check', (it, i) => (i === 1_400 ? { ...it, ok: false } : it));
    const violated = all(
      wrongId.filter((it) => it.atMs < middle),
      'violated',
    );
    expect(violated).toEqual(['latency baseline', 'request-id fault']);
  });

  it('takes percentiles and shares of a part of a phase for no more than that', () => {
    expect(all(failingFault(slowFault(until(middle))), 'violated')).toEqual([]);
    expect(all(failingFault(slowFault(healthy)), 'violated')).toEqual(['latency fault', 'error-rate fault']);
  });

  it('does not pass a phase that was closed too early', () => {
    const early: Entry[] = [
      ...until(middle),
      { kind: 'phase', atMs: middle, phase: 'end' },
      { kind: 'end', atMs: middle, ending: 'interrupted', signal: 'SIGINT' },
    ];
    expect(all(early, 'met').sort()).toEqual(baseline.sort());
  });
});
