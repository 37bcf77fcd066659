import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '../examples/memory-api/test-servers.ts';
import { pathOf } from '../harness/setup/fixtures/parts.ts';
import { type Bench, type Place, ratePerSecond, shareOfHighest } from './memory-api/bench.ts';
import { startDatabase } from './memory-api/database.ts';
import { endingSignal } from './memory-api/ending.ts';
import { type Figures, figuresOf, type RoundFigures } from './memory-api/figures.ts';
import { measureIndexes } from './memory-api/indexes.ts';
import { asJson } from './memory-api/json.ts';
import { measureMemory, minutesFor } from './memory-api/memory.ts';
import { unmet, unmetMemory } from './memory-api/musts.ts';
import { readPlan, type StoreName } from './memory-api/plan.ts';
import { measureRecovery } from './memory-api/recovery.ts';
import { fill, highestWithout, runRound } from './memory-api/rounds.ts';
import { seed } from './memory-api/seed.ts';
import { tables } from './memory-api/table.ts';

/**
 * Whether the memory API reaches its numbers, as a process of its own over a real PostgreSQL and a real Redis, with
 * either vector store, under k6; `mix.ts` says with what.
 *
 * 1. Start and seed a PostgreSQL without pgvector and one with it.
 * 2. Send the load to each, with the cache and without by turns; then at a share of the highest rate that it carries without.
 * 3. Run the statements with their indexes and without, by turns.
 * 4. Search while the provider of embeddings fails.
 * 5. Print; fail when a number is not reached.
 *
 * `--minutes 10` measures instead whether memory grows.
 */
const plan = readPlan(process.argv.slice(2));
await using stack = new AsyncDisposableStack();
const folder = mkdtempSync(join(tmpdir(), 'bench-memory-api-'));
stack.defer(() => rmSync(folder, { recursive: true, force: true }));
const bench: Bench = {
  k6: await pathOf('k6'),
  folder,
  signal: endingSignal(plan.minutes === undefined ? 0 : minutesFor(plan.minutes) * plan.stores.length),
};
const databases = await prepareAll();
const notMet = plan.minutes === undefined ? await measureAll() : await measureGrowth(plan.minutes);
if (notMet.length > 0) process.exitCode = 1;

/** When one cannot be had, the others are still waited for, so that they are ended too. */
async function prepareAll() {
  const prepared = await Promise.allSettled(plan.stores.map(prepare));
  return prepared.map((it) => {
    if (it.status === 'rejected') throw it.reason;
    return it.value;
  });
}

async function prepare(store: StoreName) {
  const { url } = stack.use(await startDatabase(store));
  const startedAtMs = performance.now();
  const key = await seed(url, store, bench.signal);
  console.log(`${store}: seeded in ${((performance.now() - startedAtMs) / 1000).toFixed(0)} s`);
  return { store, url, key };
}

async function measureAll(): Promise<string[]> {
  const stores = [];
  for (const database of databases) {
    await using redis = await startRedis();
    const place = { ...database, redisUrl: redis.url };
    await fill(bench, place);
    const rounds = await measureRounds(place, ratePerSecond, 0);
    const highest = await highestWithout(bench, place);
    const busyRate = Math.round(shareOfHighest * highest);
    const busy = await measureRounds(place, busyRate, rounds.length);
    const queries = await measureIndexes(database.url, database.store, plan.timesPerStatement);
    stores.push(figuresOf(database.store, rounds, { ratePerSecond: busyRate, rounds: busy }, queries));
  }
  await using redis = await startRedis();
  const recovery = await measureRecovery(
    bench,
    { ...databases[0]!, redisUrl: redis.url },
    plan.callsThatMayFail,
  );
  const figures: Figures = { stores, recovery };
  const sentences = unmet(figures);
  console.log(tables(figures));
  tell(sentences, asJson(figures, sentences));
  return sentences;
}

/** `before`: how many rounds there were. */
async function measureRounds(place: Place & { store: StoreName }, ratePerSecond: number, before: number) {
  const measured: RoundFigures[] = [];
  for (const [at, round] of plan.rounds.entries()) {
    const figures = await runRound(bench, place, { ...round, ratePerSecond }, before + at);
    measured.push(figures);
    const of = `round ${at + 1} of ${plan.rounds.length} at ${ratePerSecond}/s`;
    console.log(`${place.store}: ${of}, ${summary(figures)}`);
  }
  return measured;
}

async function measureGrowth(minutes: number): Promise<string[]> {
  const rows: Record<string, unknown> = {};
  const sentences: string[] = [];
  for (const database of databases) {
    await using redis = await startRedis();
    const memory = await measureMemory(bench, { ...database, redisUrl: redis.url }, minutes);
    rows[database.store] = memory;
    const [first, last] = memory.rssMb.map(Math.round);
    console.log(
      `${database.store}: RSS from ${first} to ${last} MB, ${memory.rssMbPerMinute.toFixed(2)} MB a minute`,
    );
    sentences.push(...unmetMemory(memory).map((it) => `${database.store}: ${it}`));
  }
  tell(sentences, JSON.stringify({ bench: 'memory-api', minutes, memory: rows, notMet: sentences }));
  return sentences;
}

function tell(sentences: readonly string[], json: string): void {
  console.log(
    `load average of this machine at the end: ${loadavg()
      .map((it) => it.toFixed(1))
      .join(' ')}`,
  );
  for (const sentence of sentences) console.log(`not met: ${sentence}`);
  console.log(json);
}

function summary({ cache, requests, failures, dropped, lookups, hits, unavailable }: RoundFigures): string {
  const statuses = Object.entries(failures).map(([status, count]) => `${count} x ${status}`);
  return [
    `${cache ? 'with' : 'without'} the cache: ${requests} requests, ${dropped} not sent in time`,
    `failed: ${statuses.join(', ') || 'none'}`,
    `${lookups} lookups, ${hits} hits, ${unavailable} without Redis`,
    `load average ${loadavg()[0]!.toFixed(1)}`,
  ].join('; ');
}
