import { parseArgs } from 'node:util';
import { forgetEverything } from './cache/forget.ts';
import { type Config, readConfig } from './config.ts';
import { openPool } from './database.ts';
import { type Embedder, HashingEmbedder } from './embedder.ts';
import { createLogger } from './logger.ts';
import { kinds, type Memory } from './memory.ts';
import { migrate } from './migrate.ts';
import { sentence } from './seed-sentence.ts';
import { MemoryStore, type SeedRow } from './store.ts';

/** Memory n belongs to user-1..user-50, one after the other. */
const users = 50;
const firstCreatedAtMs = Date.UTC(2026, 0, 1);

/** The id of the n-th memory, n from 1: whoever knows n can ask for it. */
export function seedId(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** The n-th memory; the same seed and n always give the same. */
export function seedMemory(seed: number, n: number): Memory {
  const pick = picker(seed, n);
  const content = `${sentence(pick)} (note ${n}).`;
  return {
    id: seedId(n),
    user_id: `user-${((n - 1) % users) + 1}`,
    kind: pick(kinds),
    content,
    metadata: { source: 'seed', n },
    created_at: new Date(firstCreatedAtMs + n * 1000).toISOString(),
  };
}

/** So many memories from the `first` on, with what search needs. */
export function seedRows(seed: number, count: number, embedder: Embedder, first = 1): Promise<SeedRow[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const memory = seedMemory(seed, first + index);
      return { ...memory, embedding: await embedder.embed(memory.content) };
    }),
  );
}

/** Chooses by mulberry32, a 32-bit generator by Tommy Ettinger, started from both numbers. */
function picker(seed: number, n: number) {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(n, 0x85ebca6b)) >>> 0;
  return <T>(choices: readonly T[]): T => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return choices[((mixed ^ (mixed >>> 14)) >>> 0) % choices.length]!;
  };
}

/** Rows in one statement: of 2,000 dimensions each they are 20 MB of text. */
const batchSize = 1000;

/** Makes memories 1..count what they should be, a batch after the other. */
export async function seedAll(
  store: MemoryStore,
  { seed, count }: Config['seed'],
  embedder: Embedder,
): Promise<void> {
  for (let first = 1; first <= count; first += batchSize) {
    const rows = await seedRows(seed, Math.min(batchSize, count - first + 1), embedder, first);
    await store.upsertAll(rows);
  }
}

/** EX_USAGE of sysexits.h. */
const exitCodeOfBadUsage = 64;

/**
 * With `--if-empty` memories are made only where there are none: who starts the service with it each time keeps what was
 * changed and deleted meanwhile. Without, the seeded ones become what they were.
 */
async function main(): Promise<void> {
  const startedAtMs = performance.now();
  const config = readConfig();
  const { seed, count } = config.seed;
  const log = createLogger(config.logLevel);
  const options = readOptions();
  if (!options) {
    log.fatal(`expected: node seed.ts [--if-empty], and got "${process.argv.slice(2).join(' ')}"`);
    process.exitCode = exitCodeOfBadUsage;
    return;
  }
  const pool = openPool(config.database, log);
  await migrate(pool);
  const store = new MemoryStore(pool);
  if (options['if-empty'] && !(await store.isEmpty())) {
    await pool.end();
    log.info('there are memories: none seeded');
    return;
  }
  const embedder = new HashingEmbedder(config.embeddings.dimensions);
  await seedAll(store, config.seed, embedder);
  await pool.end();
  if (config.cache.enabled)
    await forgetEverything(config.cache).catch((err) =>
      log.warn({ err }, 'Redis does not answer: a running service may know the memories as they were'),
    );
  log.info({ seed, count, duration_ms: performance.now() - startedAtMs }, 'memories seeded');
}

/** Nothing when they are not understood. */
function readOptions() {
  try {
    return parseArgs({ options: { 'if-empty': { type: 'boolean' } } }).values;
  } catch {
    return undefined;
  }
}

if (import.meta.main) await main();
