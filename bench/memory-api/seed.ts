import type { Pool } from 'pg';
import { readConfig } from '../../examples/memory-api/config.ts';
import { openPool } from '../../examples/memory-api/database.ts';
import { HashingEmbedder } from '../../examples/memory-api/embedder.ts';
import { ApiKeys } from '../../examples/memory-api/http/api-keys.ts';
import { createLogger } from '../../examples/memory-api/logger.ts';
import { kinds } from '../../examples/memory-api/memory.ts';
import { migrate } from '../../examples/memory-api/migrate.ts';
import { ensureVectorIndex } from '../../examples/memory-api/storage/vector-index.ts';
import { MemoryStore, type SeedRow } from '../../examples/memory-api/store.ts';
import { dimensions } from './bench.ts';
import { requireStore } from './database.ts';
import { content, memoriesOf, memoryId, mix, userId } from './mix.ts';
import type { StoreName } from './plan.ts';

const rowsPerStatement = 1000;
const firstCreatedAtMs = Date.UTC(2026, 0, 1);

/** The schema, all memories, then the graph of their vectors where the server can; gives a key that may do everything. */
export async function seed(databaseUrl: string, storeName: StoreName, signal: AbortSignal): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const { database } = readConfig({ DATABASE_URL: databaseUrl });
  const pool = openPool({ ...database, poolSize: 4, statementTimeoutMs: 300_000 }, createLogger('warn'));
  stack.defer(() => pool.end());
  await migrate(pool);
  await requireStore(pool, storeName);
  const store = new MemoryStore(pool);
  const indexes = await dropIndexes(pool);
  // Made one after the other, written beside that.
  let writing: Promise<void> = Promise.resolve();
  for await (const rows of batches()) {
    signal.throwIfAborted();
    await writing;
    writing = store.upsertAll(rows);
    writing.catch(() => {});
  }
  await writing;
  for (const index of indexes) await pool.query(index);
  const client = await pool.connect();
  try {
    await client.query('begin');
    await ensureVectorIndex(client, dimensions);
    await client.query('commit');
    await client.query('vacuum analyze');
  } finally {
    client.release(true);
  }
  return (await new ApiKeys(pool).issue('bench')).key;
}

/** All but the primary key; gives what makes them again, for afterwards: that is three times as fast. */
async function dropIndexes(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string; definition: string }>(
    `select quote_ident(indexname) as name, indexdef as definition from pg_indexes
     where tablename = 'memories' and indexname <> 'memories_pkey'`,
  );
  for (const { name } of rows) await pool.query(`drop index ${name}`);
  return rows.map(({ definition }) => definition);
}

/** Of all users by turns, as they come in life: what is one user's does not stand together. */
async function* batches(): AsyncGenerator<SeedRow[]> {
  const embedder = new HashingEmbedder(dimensions);
  let rows: SeedRow[] = [];
  for (let turn = 1; turn <= mix.ofLargest; turn += 1) {
    for (let user = 1; user <= mix.users; user += 1) {
      const n = turn;
      if (n > memoriesOf(user)) continue;
      rows.push(await rowOf(user, n, embedder));
      if (rows.length < rowsPerStatement) continue;
      yield rows;
      rows = [];
    }
  }
  if (rows.length > 0) yield rows;
}

async function rowOf(user: number, n: number, embedder: HashingEmbedder): Promise<SeedRow> {
  const text = content(user, n);
  return {
    id: memoryId(user, n),
    user_id: userId(user),
    kind: kinds[n % kinds.length]!,
    content: text,
    metadata: { source: 'bench', n },
    created_at: new Date(firstCreatedAtMs + n * 1000 + user).toISOString(),
    embedding: await embedder.embed(text),
  };
}
