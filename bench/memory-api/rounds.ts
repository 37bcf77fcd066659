import { type Bench, type Place, ratePerSecond } from './bench.ts';
import { statementsOf } from './database.ts';
import type { RoundFigures } from './figures.ts';
import { runLoad } from './load.ts';
import type { Round } from './plan.ts';
import { startService } from './service.ts';

/**
 * One round of the load against a service of its own: when that has ended, so have its connections, and the server has
 * counted all that it was asked; `at` tells rounds apart. What is in Redis stays from round to round.
 */
export async function runRound(bench: Bench, place: Place, round: Round, at: number): Promise<RoundFigures> {
  const before = await statementsOf(place.url);
  const { answers, hit, miss, unavailable } = await load(bench, place, round, at);
  const { durationsMs, requests, failed, failures, dropped } = answers;
  return {
    cache: round.cache,
    ...{ durationsMs, requests, failed, failures, dropped },
    statements: (await statementsOf(place.url)) - before,
    hits: hit,
    lookups: hit + miss + unavailable,
    unavailable,
  };
}

/** More than one round deletes, and than filling does. */
const deletedInRound = 1000;

async function load(bench: Bench, place: Place, round: Round, at: number) {
  await using service = await startService(bench, place, { CACHE_ENABLED: `${round.cache}` });
  const { warmupMs, forMs } = round;
  const { baseUrl } = service;
  const { key } = place;
  // What came before is told, and forgotten.
  const onWarm = () => void service.lookups().catch(() => {});
  const answers = await runLoad(bench, {
    ...{ baseUrl, key, ratePerSecond, warmupMs, forMs, onWarm },
    // The same requests with the cache and without; but what has gone is not there to go again.
    seed: 1 + Math.floor(at / 2),
    deletedBefore: (1 + at) * deletedInRound,
  });
  return { answers, ...(await service.lookups()) };
}

/** So fast that half a minute is enough for a cache that holds what it holds in life, where it is filled all the time. */
const fillRatePerSecond = 500;
const fillMs = 30_000;

/** Fills Redis by the same mix, with a service of its own. */
export async function fill(bench: Bench, place: Place): Promise<void> {
  await using service = await startService(bench, place);
  const { baseUrl } = service;
  await runLoad(bench, {
    ...{ baseUrl, key: place.key, seed: 0, deletedBefore: 0, ratePerSecond: fillRatePerSecond },
    ...{ warmupMs: fillMs, forMs: 0 },
  });
}
