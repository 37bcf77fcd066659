import { describe, expect, it } from 'vitest';
import { ratePerSecond } from './bench.ts';
import {
  type Figures,
  figuresOf,
  type MemoryFigures,
  quantile,
  type RoundFigures,
  type StoreFigures,
} from './figures.ts';
import { asJson } from './json.ts';
import { minutesFor } from './memory.ts';
import { memoriesOf, memoryId, memoryToDelete, mix, type Route, routes } from './mix.ts';
import { least, unmet } from './musts.ts';
import { mostMinutes, readPlan } from './plan.ts';
import { deletedIn } from './rounds.ts';
import { tables } from './table.ts';

const query = {
  what: 'read',
  withIndexMs: 1,
  withoutIndexMs: 2,
  plan: 'memories_pkey',
  planWithout: 'Seq Scan',
};

/** Each number just met. */
const met: StoreFigures = {
  store: 'exact',
  p95Ms: ofAll(199.9),
  samples: ofAll(20),
  meanMs: { withCache: 9, without: 10 },
  busy: { ratePerSecond: 600, meanMs: { withCache: 7, without: 10 } },
  hitRate: 0.8,
  failedShare: 0,
  droppedShare: 0.001,
  statementsPerRequest: { withCache: 0.5, without: 1 },
  queries: [query],
  memory: undefined,
};
/** Memory under a load that was there. */
const kept: MemoryFigures = {
  rssMbPerMinute: 1,
  rssMb: [400, 410],
  requests: 9990,
  failed: 0,
  dropped: 9,
};
const recovery = { hit: 100, recovered: 80, failedShare: 0.2 };

function ofAll(ms: number): Record<Route, number> {
  return Object.fromEntries(routes.map((route) => [route, ms])) as Record<Route, number>;
}

function figures(exact: Partial<StoreFigures>, other: Partial<Figures> = {}): Figures {
  return {
    stores: [
      { ...met, ...exact },
      { ...met, store: 'pgvector' },
    ],
    recovery,
    ...other,
  };
}

describe('what the memory API has to reach', () => {
  it('is reached by what just reaches it', () => {
    expect(unmet(figures({}))).toEqual([]);
    expect(unmet(figures({ memory: kept }))).toEqual([]);
  });

  it.each<[string, Partial<StoreFigures>, string]>([
    ['a request that failed', { failedShare: 0.0001 }, 'failed: has to be at most 0, was 0.0001'],
    [
      'too many that were not sent',
      { droppedShare: 0.0011 },
      'not sent in time: has to be at most 0.001, was 0.0011',
    ],
    ['a hit rate too low', { hitRate: 0.799 }, 'hit rate: has to be at least 0.8, was 0.799'],
    [
      'too many statements',
      { statementsPerRequest: { withCache: 0.501, without: 1 } },
      'statements with the cache, of those without: has to be at most 0.5, was 0.501',
    ],
    [
      'answers too slow with the cache',
      { busy: { ratePerSecond: 600, meanMs: { withCache: 7.01, without: 10 } } },
      'response time with the cache, of that without: has to be at most 0.7, was 0.701',
    ],
    [
      'statements too slow with their indexes',
      { queries: [{ ...query, withIndexMs: 1.01 }] },
      'query time with the indexes, of that without: has to be at most 0.5, was 0.505',
    ],
    [
      'a statement that reads all of a table, however fast',
      { queries: [query, { ...query, what: 'list', withIndexMs: 0, plan: 'memories_by_user + Seq Scan' }] },
      'plan of list with the indexes: has to be without Seq Scan, was memories_by_user + Seq Scan',
    ],
    [
      'a statement of which the plan says nothing',
      { queries: [{ ...query, plan: '' }] },
      'plan of read with the indexes: has to be without Seq Scan, was not known',
    ],
    ['nothing measured', { hitRate: Number.NaN }, 'hit rate: has to be at least 0.8, was not measured'],
  ])('%s', (_, exact, sentence) => {
    expect(unmet(figures(exact))).toEqual([expect.stringMatching(/^exact: /)]);
    expect(unmet(figures(exact))[0]).toContain(sentence);
  });

  it.each(routes)('a P95 of %s of 200 ms, which is not below', (route) => {
    const p95Ms = { ...met.p95Ms, [route]: 200 };
    expect(unmet(figures({ p95Ms }))).toEqual([
      `exact: P95 of ${route} at 300 requests/s, ms: has to be below 200, was 200`,
    ]);
  });

  it.each(routes)('too few samples of %s', (route) => {
    const samples = { ...met.samples, [route]: 19 };
    expect(unmet(figures({ samples }))).toEqual([
      `exact: samples of ${route}: has to be at least 20, was 19`,
    ]);
  });

  it('too few recovered', () => {
    expect(unmet(figures({}, { recovery: { ...recovery, recovered: 79 } }))).toEqual([
      'recovered share: has to be at least 0.8, was 0.79',
    ]);
    expect(unmet(figures({}, { recovery: { ...recovery, hit: 0, recovered: 0 } }))).toHaveLength(1);
  });

  it.each<[string, Partial<MemoryFigures>, RegExp[]]>([
    [
      'grows',
      { rssMbPerMinute: 1.01 },
      [/^exact: RSS, MB gained in a minute: has to be at most 1, was 1.01$/],
    ],
    ['was not measured', { rssMbPerMinute: Number.NaN }, [/^exact: RSS.* was not measured$/]],
    [
      'stays while one request fails',
      { failed: 1 },
      [/requests that failed: .* was 0.0001001 while memory was watched$/],
    ],
    [
      'stays while every request fails',
      { failed: 9990 },
      [/requests that failed: .* was 1 while memory was watched$/],
    ],
    [
      'stays while requests are not sent',
      { dropped: 11 },
      [/not sent in time: .* was 0.0011 while memory was watched$/],
    ],
    [
      'stays without a request',
      { requests: 0, dropped: 0 },
      [/failed.* not measured while/, /not sent.* not measured while/],
    ],
  ])('memory that %s', (_, memory, sentences) => {
    expect(unmet(figures({ memory: { ...kept, ...memory } }))).toEqual(
      sentences.map((it) => expect.stringMatching(it)),
    );
  });
});

describe('what the rounds come to', () => {
  const round = (cache: boolean, ms: number, other: Partial<RoundFigures> = {}): RoundFigures => {
    const durationsMs = Object.fromEntries(routes.map((route) => [route, [ms, ms]])) as Record<
      Route,
      number[]
    >;
    const rest = {
      requests: 20,
      failed: 0,
      failures: {},
      dropped: 0,
      statements: cache ? 10 : 40,
      hits: 9,
      lookups: 10,
      unavailable: 0,
    };
    return { cache, durationsMs, ...rest, ...other };
  };

  it('keeps what is with the cache from what is without', () => {
    const rounds = [round(true, 1), round(false, 4), round(true, 3, { hits: 8 }), round(false, 6)];
    const busy = { ratePerSecond: 600, rounds: [round(true, 7), round(false, 9), round(false, 11)] };
    expect(figuresOf('exact', rounds, busy, [], kept)).toMatchObject({
      memory: kept,
      p95Ms: ofAll(3),
      samples: ofAll(4),
      meanMs: { withCache: 2, without: 5 },
      busy: { ratePerSecond: 600, meanMs: { withCache: 7, without: 10 } },
      hitRate: 0.85,
      failedShare: 0,
      statementsPerRequest: { withCache: 0.5, without: 2 },
    });
  });

  it.each([true, false])(
    'counts what failed, and what could not even be sent; with the cache: %s',
    (cache) => {
      const rounds = [round(cache, 1, { failed: 1 }), round(!cache, 1), round(cache, 1, { dropped: 2 })];
      const busy = { ratePerSecond: 600, rounds: [round(cache, 1, { failed: 1, dropped: 1 })] };
      expect(figuresOf('exact', rounds, busy, [], undefined)).toMatchObject({
        failedShare: 2 / 80,
        droppedShare: 3 / 83,
      });
    },
  );

  it.each([
    [[5], 0.95, 5],
    [[3, 1, 2], 0.5, 2],
    [Array.from({ length: 100 }, (_, at) => at + 1), 0.95, 95],
  ])('%#: the quantile is a value that came', (values, share, expected) => {
    expect(quantile(values, share)).toBe(expected);
  });
});

it('has the worse of both stores in the JSON', () => {
  const json = JSON.parse(
    asJson(figures({ hitRate: 0.9, busy: { ratePerSecond: 600, meanMs: { withCache: 1, without: 2 } } }), [
      'x',
    ]),
  );
  expect(json).toMatchObject({
    p95Ms: { exact: { read: 199.9 }, pgvector: { search: 199.9 } },
    samples: { exact: { delete: 20 } },
    hitRate: 0.8,
    statementsWithCacheShare: 0.5,
    responseTimeWithCacheShare: 0.7,
    queryTimeWithIndexShare: 0.5,
    recoveredShare: 0.8,
    notMet: ['x'],
  });
  expect(json).not.toHaveProperty('rssMbPerMinute');
});

it('has how memory grew where it was watched, the worse of both stores first', () => {
  const both = figures({ memory: { ...kept, rssMbPerMinute: 0.5 } });
  const stores = both.stores.map((it) => ({ ...it, memory: it.memory ?? kept }));
  expect(JSON.parse(asJson({ ...both, stores }, []))).toMatchObject({
    rssMbPerMinute: 1,
    byStore: { exact: { memory: { rssMbPerMinute: 0.5 } }, pgvector: { memory: kept } },
  });
  expect(tables({ ...both, stores })).toContain(
    '| pgvector | 400 MB | 410 MB | 1.00 MB a minute | 9990, none failed, 9 not sent in time |',
  );
});

it('shows the plans and the samples in its tables', () => {
  expect(tables(figures({}))).toContain('| exact | 199.9 (20) |');
  expect(tables(figures({}))).toContain('| read | 1.00 | memories_pkey | 2.00 | Seq Scan |');
});

it('has as many memories as it says', () => {
  const all = Array.from({ length: mix.users }, (_, at) => memoriesOf(at + 1));
  expect(all.reduce((sum, it) => sum + it, 0)).toBe(mix.memories);
  expect(Math.max(...all)).toBe(mix.ofLargest);
  expect(Math.min(...all)).toBeGreaterThan(mix.popular);
});

it('deletes 9,600 memories that are there, none of them twice, none that is read', () => {
  const gone = Array.from({ length: 9600 }, (_, k) => memoryToDelete(k));
  expect(new Set(gone.map(([user, n]) => memoryId(user, n))).size).toBe(9600);
  expect(gone.filter(([user, n]) => n <= mix.popular || n > memoriesOf(user))).toEqual([]);
  expect(new Set(gone.map(([user]) => user)).size).toBe(mix.users);
});

it('has enough that may go for the longest run, with the most minutes', () => {
  const { rounds } = readPlan([]);
  const atMost = ratePerSecond * (mix.shares.delete / 1000) * 60 * (minutesFor(mostMinutes) + 1);
  expect(deletedIn(2 * rounds.length) + atMost).toBeLessThan(9600);
});

it('sends enough of every route for a P95', () => {
  const { rounds } = readPlan([]);
  const measuredMs = rounds.filter(({ cache }) => cache).reduce((sum, { forMs }) => sum + forMs, 0);
  const requests = (measuredMs / 1000) * ratePerSecond;
  for (const share of Object.values(mix.shares))
    expect((requests * share) / 1000).toBeGreaterThan(1.5 * least.samples);
});
