import { describe, expect, it } from 'vitest';
import type { Entry } from '../journal/entry.ts';
import { at, bucket, change, healthyJournal, inside } from '../observe/fixtures/journal.ts';
import { seededRandom } from '../random.ts';
import { judge } from './judge.ts';
import { verdictText } from './text.ts';

const healthy = healthyJournal();

describe('judge', () => {
  it('meets a healthy run', () => {
    const { judgements, ...rest } = judge(healthy);
    expect(rest).toEqual({
      scenario: 'redis-outage',
      seed: 7,
      startedAtMs: healthy[0]?.atMs,
      durationMs: 38_000,
      stack: 'local',
      outcome: 'met',
      exitCode: 0,
      ending: { kind: 'completed' },
      doubts: [],
      replay: 'npx ordeal run redis-outage --seed 7',
    });
    expect(judgements.map(({ kind, phase, outcome }) => `${kind} ${phase} ${outcome}`)).toEqual([
      'latency baseline met',
      'latency fault met',
      'latency recovery met',
      'error-rate baseline met',
      'error-rate fault met',
      'error-rate recovery met',
      'cache-hit-rate baseline met',
      'cache-hit-rate recovery met',
      'breaker-opens fault met',
      'breaker-silences run met',
      'breaker-closes recovery met',
      'breaker-stays-closed baseline met',
      'writes-kept run met',
      'request-id baseline met',
      'request-id fault met',
      'request-id recovery met',
      'invariant run met',
    ]);
  });

  /** The checker checked: one anomaly is sown into the healthy run, and it alone is found. */
  it.each<[string, Entry[], string[]]>([
    [
      '300 ms more for each answer of a phase',
      change(healthy, 'request', (it) =>
        inside('recovery', it) ? { ...it, durationMs: it.durationMs + 300 } : it,
      ),
      ['latency recovery'],
    ],
    [
      'every twentieth request of a phase fails',
      change(healthy, 'request', (it, i) =>
        inside('fault', it) && i % 20 === 0 ? { ...it, status: 503 } : it,
      ),
      ['error-rate fault'],
    ],
    [
      'the cache is switched off after the heal',
      change(healthy, 'link', (it) => (inside('recovery', it) ? { ...it, hits: 0 } : it)),
      ['cache-hit-rate recovery'],
    ],
    [
      'the breaker is late',
      change(healthy, 'breaker', (it) =>
        it.state === 'open' && it.atMs < at.injected + 3_000
          ? it.source === 'sample'
            ? { ...it, state: 'closed' }
            : { ...it, atMs: at.injected + 3_000 }
          : it,
      ),
      ['breaker-opens fault'],
    ],
    [
      'the breaker lets one command through',
      [...healthy, bucket(at.healed + 300, 1, 0)],
      ['breaker-silences run'],
    ],
    ['the breaker opens once more', [...healthy, ...flap(at.end - 1_000)], ['breaker-closes recovery']],
    [
      'the breaker opens without a fault',
      [...healthy, ...flap(at.baseline + 1_100)],
      ['breaker-stays-closed baseline'],
    ],
    [
      'one acknowledged write is dropped',
      change(healthy, 'read-back', (it) => (it.key === 'key-1239' ? { ...it, found: 'missing' } : it)),
      ['writes-kept run'],
    ],
    [
      'one answer has another id',
      change(healthy, 'check', (it, i) => (i === 2_000 ? { ...it, ok: false } : it)),
      ['request-id fault'],
    ],
    [
      'the target exits',
      change(healthy, 'target', (it) => (it.event === 'stopped' ? { ...it, event: 'exited' } : it)),
      ['invariant run'],
    ],
  ])('finds that %s', (_, entries, violated) => {
    const verdict = judge(entries);
    const found = verdict.judgements
      .filter((it) => it.outcome === 'violated')
      .map(({ kind, phase }) => `${kind} ${phase}`);
    expect(found).toEqual(violated);
    expect([verdict.outcome, verdict.exitCode, verdict.doubts]).toEqual(['violated', 1, []]);
  });

  it('gives the same bytes again, from objects and from lines', () => {
    const text = verdictText(judge(healthy));
    const lines = healthy.map((it) => JSON.stringify(it));
    expect(verdictText(judge(healthyJournal()))).toBe(text);
    expect(verdictText(judge(lines.map((line) => JSON.parse(line) as Entry)))).toBe(text);
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('gives other bytes when one sample is another', () => {
    const slowest = change(healthy, 'request', (it, i) => (i === 600 ? { ...it, durationMs: 5 } : it));
    const changed = change(slowest, 'request', (it, i) =>
      i > 500 && i < 520 ? { ...it, durationMs: 150 } : it,
    );
    expect(verdictText(judge(changed))).not.toBe(verdictText(judge(healthy)));
    const failed = change(healthy, 'request', (it, i) => (i === 600 ? { ...it, status: 500 } : it));
    expect(verdictText(judge(failed))).not.toBe(verdictText(judge(healthy)));
  });

  it('writes what never came as null', () => {
    const unanswered = change(healthy, 'request', (it) => (inside('fault', it) ? { ...it, status: 0 } : it));
    const { judgements } = JSON.parse(verdictText(judge(unanswered))) as { judgements: object[] };
    expect(judgements[1]).toMatchObject({ outcome: 'violated', observed: null, interval: [null, null] });
  });

  it('reads a journal that was cut off anywhere, and never passes it', () => {
    const inTime = [...healthy].sort((a, b) => a.atMs - b.atMs);
    const random = seededRandom(11);
    for (let round = 0; round < 25; round++) {
      const verdict = judge(inTime.slice(0, 1 + Math.floor(random() * (inTime.length - 1))));
      expect([verdict.outcome, verdict.exitCode]).toEqual(['inconclusive', 3]);
    }
  });

  it('never passes when a kind of entry is missing that the hypothesis rests on', () => {
    const kinds = [
      'phase',
      'request',
      'check',
      'load',
      'link',
      'span',
      'breaker',
      'fault',
      'proof',
      'write',
      'read-back',
      'target',
      'end',
    ] as const;
    for (const kind of kinds) {
      expect([kind, judge(change(healthy, kind, () => undefined)).exitCode]).not.toEqual([kind, 0]);
    }
  });

  it('is at most as good when more requests fail', () => {
    const order = { met: 0, inconclusive: 1, violated: 2 };
    const random = seededRandom(5);
    const fate = Array.from({ length: 3_300 }, () => random());
    let last = 0;
    for (const share of [0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.2]) {
      const { outcome } = judge(
        change(healthy, 'request', (it, i) => (fate[i]! < share ? { ...it, status: 500 } : it)),
      );
      expect(order[outcome]).toBeGreaterThanOrEqual(last);
      last = order[outcome];
    }
    expect(last).toBe(2);
  });
});

/** Open for 100 ms, between two samples. */
function flap(atMs: number): Entry[] {
  const about = { kind: 'breaker', breaker: 'redis', source: 'transition' } as const;
  return [
    { ...about, atMs, state: 'open' },
    { ...about, atMs: atMs + 100, state: 'closed' },
  ];
}
