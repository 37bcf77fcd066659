import { describe, expect, it } from 'vitest';
import type { Entry } from '../journal/entry.ts';
import { at, bucket, healthyJournal, loadMs } from './fixtures/journal.ts';
import { observe } from './observe.ts';
import { seriesOf } from './series.ts';

const request = (afterMs: number, durationMs: number, status = 200, name = 'read'): Entry => ({
  kind: 'request',
  atMs: loadMs + afterMs,
  name,
  durationMs,
  status,
});
const phase = (afterMs: number, of: 'baseline' | 'end'): Entry => ({
  kind: 'phase',
  atMs: loadMs + afterMs,
  phase: of,
});

describe('seriesOf', () => {
  const entries = [
    healthyJournal()[0]!,
    phase(0, 'baseline'),
    request(0, 10),
    request(100, 20),
    request(999, 30, 500),
    request(2_000, 40, 0),
    request(2_400, 5),
    request(2_500, 5),
    bucket(loadMs + 960, 3, 1),
    bucket(loadMs + 2_100, 3, 9),
    phase(2_500, 'end'),
  ];
  const { points, startMs, endMs } = seriesOf(observe(entries), 1_000);

  it('covers the load, the last bucket with what is left', () => {
    expect([startMs, endMs]).toEqual([loadMs, loadMs + 2_500]);
    expect(points.map((it) => it.endMs - it.startMs)).toEqual([1_000, 1_000, 500]);
  });

  it('gives each bucket its requests, errors and percentiles', () => {
    expect(points[0]).toMatchObject({
      requests: 3,
      perSecond: 3,
      p50Ms: 20,
      p95Ms: 30,
      p99Ms: 30,
      errors: 1,
    });
    expect(points[0]?.errorRatio).toBeCloseTo(1 / 3);
    expect(points[2]).toMatchObject({ requests: 2, perSecond: 4, p50Ms: 5, p95Ms: Infinity, errors: 1 });
  });

  it('leaves out what an empty bucket cannot have', () => {
    expect(points[1]).toEqual({
      startMs: loadMs + 1_000,
      endMs: loadMs + 2_000,
      requests: 0,
      perSecond: 0,
      errors: 0,
    });
  });

  it('puts hits where the middle of their bucket lies, and never above 1', () => {
    expect(points.map((it) => it.hitRatio)).toEqual([0, undefined, 1]);
    const early = entries.map((it) =>
      it.kind === 'link' && it.hits === 1 ? { ...it, atMs: loadMs + 900 } : it,
    );
    expect(seriesOf(observe(early), 1_000).points[0]?.hitRatio).toBe(0.5);
  });

  it('shows the fault as a band and the breaker as a lane', () => {
    const series = seriesOf(observe(healthyJournal()), 1_000);
    expect(series.points).toHaveLength(33);
    expect(series.faults).toEqual([
      { index: 0, link: 'redis', kind: 'refuse', startMs: at.injected, endMs: at.healed },
    ]);
    expect(series.breakers.map((it) => [it.breaker, it.intervals.map(({ state }) => state)])).toEqual([
      ['redis', ['closed', 'open', 'half-open', 'closed']],
    ]);
  });

  it('is empty when no phase began', () => {
    expect(seriesOf(observe(healthyJournal().slice(0, 1)), 1_000).points).toEqual([]);
  });

  it('refuses buckets of no length', () => {
    expect(() => seriesOf(observe(entries), 0)).toThrow('more than 0 ms');
  });
});
