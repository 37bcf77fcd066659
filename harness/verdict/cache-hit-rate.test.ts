import { describe, expect, it } from 'vitest';
import { change, healthyJournal, inside } from '../observe/fixtures/journal.ts';
import { journalFor, judged } from './fixtures/judged.ts';

/** So many hits in the baseline, where 560 cacheable reads are served. */
function withHits(hits: number, link = 'redis') {
  const silent = change(healthyJournal(), 'link', (it) => (inside('baseline', it) ? { ...it, hits: 0 } : it));
  return change(silent, 'link', (it, index) => (index === 60 ? { ...it, hits, link } : it));
}

describe('judgeCacheHitRate', () => {
  it.each([
    { hits: 560, outcome: 'met', observed: 1 },
    // Wilson at n = 560: 467 begin at 80.1 %, 466 at 79.9 %, 428 end at 79.8 %, 430 at 80.1 %.
    { hits: 467, outcome: 'met', observed: 467 / 560 },
    { hits: 466, outcome: 'inconclusive', observed: 466 / 560 },
    { hits: 430, outcome: 'inconclusive', observed: 430 / 560 },
    { hits: 428, outcome: 'violated', observed: 428 / 560 },
    { hits: 565, outcome: 'met', observed: 1 },
  ])('with $hits hits for 560 reads: $outcome', ({ hits, ...expected }) => {
    expect(judged(withHits(hits), 'cache-hit-rate', 'baseline')).toMatchObject({ ...expected, samples: 560 });
  });

  it('is 0 when the cache is never asked', () => {
    const off = change(healthyJournal(), 'link', () => undefined);
    expect(judged(off, 'cache-hit-rate', 'baseline')).toMatchObject({ outcome: 'violated', observed: 0 });
  });

  it('shows both witnesses when they disagree', () => {
    expect(judged(withHits(600), 'cache-hit-rate', 'baseline')).toMatchObject({
      outcome: 'inconclusive',
      reason: 'the witnesses disagree: 600 hits at the link redis, 560 cacheable reads served to k6',
    });
  });

  it('does not count hits at another link', () => {
    expect(judged(withHits(560, 'other'), 'cache-hit-rate', 'baseline')).toMatchObject({ observed: 0 });
  });

  it('counts only reads that were served', () => {
    const failed = change(healthyJournal(), 'request', (it) =>
      inside('baseline', it) && it.name === 'read' ? { ...it, status: 503 } : it,
    );
    expect(judged(failed, 'cache-hit-rate', 'baseline')).toMatchObject({
      outcome: 'inconclusive',
      reason: 'no cacheable read (read) was served',
    });
  });

  it('needs to know what is cache', () => {
    const entries = journalFor([{ kind: 'cache-hit-rate', min: 0.8, phases: ['baseline'] }], {
      cache: undefined,
    });
    expect(judged(entries, 'cache-hit-rate')).toMatchObject({
      reason: 'the scenario does not say what is cache',
    });
  });
});
