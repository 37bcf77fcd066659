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
import { unmet } from './memory-api/musts.ts';
import { readPlan, type StoreName } from './memory-api/plan.ts';
import { measureRecovery } from './memory-api/recovery.ts';
import { deletedIn, fill, highestWithout, runRound } from './memory-api/rounds.ts';
import { seed } from './memory-api/seed.ts';
import { growth, tables } from './memory-api/table.ts';

/**
 * Whether the memory API reaches its numbers, as a process of its own over a real PostgreSQL and a real Redis, with
 * either vector store, under k6; `mix.ts` says with what.
 *
 * 1. Start and seed a PostgreSQL without pgvector and one with it.
 * 2. Send the load to each, with the cache and without by turns; then at a share of the highest rate that it carries without.
 * 3. Run the statements with their indexes and without, by turns.
 * 4. With `--minutes 10`: send the load for so long, and watch whether memory grows.
 * 5. Search while the provider of embeddings fails.
 * 6. Print; fail when a number is not reached.
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
const figures = await measureAll();
const notMet = unmet(figures);
console.log(tables(figures));
const load = loadavg().map((it) => it.toFixed(1));
console.log(`load average of this machine at the end: ${load.join(' ')}`);
for (const sentence of notMet) console.log(`not met: ${sentence}`);
console.log(asJson(figures, notMet));
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

async function measureAll(): Promise<Figures> {
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
    const after = rounds.length + busy.length;
    const memory = plan.minutes === undefined ? undefined : await measureGrowth(place, plan.minutes, after);
    stores.push(
      figuresOf(database.store, rounds, { ratePerSecond: busyRate, rounds: busy }, queries, memory),
    );
  }
  await using redis = await startRedis();
  const recovery = await measureRecovery(
    bench,
    { ...databases[0]!, redisUrl: redis.url },
    plan.callsThatMayFail,
  );
  return { stores, recovery };
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

async function measureGrowth(place: Place & { store: StoreName }, minutes: number, after: number) {
  const memory = await measureMemory(bench, place, minutes, deletedIn(after));
  console.log(`${place.store}: memory, ${growth(memory).join('; ')}`);
  return memory;
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
