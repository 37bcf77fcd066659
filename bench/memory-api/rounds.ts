import type { Bench, Place } from './bench.ts';
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

/** More than one round deletes, and than what comes before the rounds does. */
const deletedInRound = 500;
const deletedBeforeRounds = 2 * deletedInRound;

/** So many of the memories that may go have gone when so many rounds are over, at most. */
export function deletedIn(rounds: number): number {
  return deletedBeforeRounds + rounds * deletedInRound;
}

async function load(bench: Bench, place: Place, round: Round, at: number) {
  await using service = await startService(bench, place, { CACHE_ENABLED: `${round.cache}` });
  const { warmupMs, forMs, ratePerSecond } = round;
  const { baseUrl } = service;
  const { key } = place;
  // What came before is told, and forgotten.
  const onWarm = () => void service.lookups().catch(() => {});
  const answers = await runLoad(bench, {
    ...{ baseUrl, key, pace: { ratePerSecond }, warmupMs, forMs, onWarm },
    // The same requests with the cache and without; but what has gone is not there to go again.
    seed: 1 + Math.floor(at / 2),
    deletedBefore: deletedIn(at),
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
    ...{ baseUrl, key: place.key, seed: 0, deletedBefore: 0 },
    ...{ pace: { ratePerSecond: fillRatePerSecond }, warmupMs: fillMs, forMs: 0 },
  });
}

const virtualUsers = 32;
const highestWarmupMs = 4000;
const highestForMs = 10_000;

/** The highest rate that the service carries without the cache, in requests/s: users that send again as soon as they can. */
export async function highestWithout(bench: Bench, place: Place): Promise<number> {
  await using service = await startService(bench, place, { CACHE_ENABLED: 'false' });
  const { baseUrl } = service;
  const { durationsMs, failed, failures } = await runLoad(bench, {
    ...{ baseUrl, key: place.key, seed: 0, deletedBefore: deletedInRound },
    ...{ pace: { virtualUsers }, warmupMs: highestWarmupMs, forMs: highestForMs },
  });
  if (failed > 0)
    throw new Error(
      `the highest rate without the cache: expected only 2xx, got ${JSON.stringify(failures)}; how much is answered well cannot be said`,
    );
  const answers = Object.values(durationsMs).reduce((count, { length }) => count + length, 0);
  return answers / (highestForMs / 1000);
}
