import type { PoolClient } from 'pg';
import { readConfig } from '../../examples/memory-api/config.ts';
import { openPool } from '../../examples/memory-api/database.ts';
import { HashingEmbedder } from '../../examples/memory-api/embedder.ts';
import { createLogger } from '../../examples/memory-api/logger.ts';
import { changesSql } from '../../examples/memory-api/storage/changes.ts';
import { byIdsSql } from '../../examples/memory-api/storage/exact-store.ts';
import { nearestSql } from '../../examples/memory-api/storage/pgvector-store.ts';
import { MemoryStore, statements } from '../../examples/memory-api/store.ts';
import { dimensions } from './bench.ts';
import { type QueryFigures, quantile } from './figures.ts';
import { memoryId, query, userId } from './mix.ts';
import type { StoreName } from './plan.ts';

type Statement = readonly [what: string, sql: string, values: readonly unknown[]];

interface Ran {
  readonly ms: number;
  readonly plan: string;
}

/**
 * Every statement that requests wait for, with the indexes of `memories` and without, by turns. They are dropped in a
 * transaction that is rolled back. Nothing is said to the planner.
 */
export async function measureIndexes(
  databaseUrl: string,
  store: StoreName,
  times: number,
): Promise<QueryFigures[]> {
  await using stack = new AsyncDisposableStack();
  // The service's own connection, for its own settings.
  const { database } = readConfig({ DATABASE_URL: databaseUrl });
  const pool = openPool({ ...database, poolSize: 1, statementTimeoutMs: 60_000 }, createLogger('warn'));
  stack.defer(() => pool.end());
  const all = await statementsOf(store, new MemoryStore(pool));
  const client = await pool.connect();
  stack.defer(() => client.release(true));
  const ran = all.map(() => ({ with: [] as Ran[], without: [] as Ran[] }));
  for (let turn = 0; turn < times; turn += 1) {
    await client.query('begin');
    for (const [at, statement] of all.entries()) ran[at]!.with.push(await run(client, statement));
    await dropIndexes(client);
    for (const [at, statement] of all.entries()) ran[at]!.without.push(await run(client, statement));
    await client.query('rollback');
  }
  return all.map(([what], at) => ({
    what,
    withIndexMs: quantile(
      ran[at]!.with.map(({ ms }) => ms),
      0.5,
    ),
    withoutIndexMs: quantile(
      ran[at]!.without.map(({ ms }) => ms),
      0.5,
    ),
    plan: ran[at]!.with[0]!.plan,
    planWithout: ran[at]!.without[0]!.plan,
  }));
}

async function statementsOf(store: StoreName, memories: MemoryStore): Promise<Statement[]> {
  const embedding = await new HashingEmbedder(dimensions).embed(query(1, 1));
  const vector = (await memories.vectors()).encode(embedding);
  return [
    ['read', statements.find, [memoryId(2, 1)]],
    ['update', statements.update, [memoryId(2, 1), userId(2), 'fact', null, null, null]],
    ['delete', statements.delete, [memoryId(2, 2), userId(2)]],
    ...[1, 100].flatMap((user): Statement[] => {
      const id = userId(user);
      return [
        [`page of ${id}`, statements.list, [id, 20, 0]],
        [`count of ${id}`, statements.count, [id]],
        [`words of ${id}`, statements.searchText, [id, 'topic17 commute', 10]],
        ...(store === 'pgvector'
          ? [[`nearest of ${id}`, nearestSql(dimensions), [id, vector, 10]] as const]
          : [
              // As far as everything that was seeded is known.
              [`what is new of ${id}`, changesSql, [id, '999999999']] as const,
              [`found of ${id}`, byIdsSql, [[memoryId(user, 1), memoryId(user, 2)], id]] as const,
            ]),
      ];
    }),
  ];
}

interface Node {
  'Node Type': string;
  'Index Name'?: string;
  Plans?: Node[];
}

/** What is changed by it is rolled back with the indexes. */
async function run(client: PoolClient, [, sql, values]: Statement): Promise<Ran> {
  const { rows } = await client.query(`explain (analyze, format json) ${sql}`, [...values]);
  const [{ Plan, 'Execution Time': ms }] = rows[0]['QUERY PLAN'];
  return { ms, plan: [...new Set(scans(Plan))].join(' + ') };
}

/** The scans of tables, by the index that they go by. */
function scans(node: Node): string[] {
  const below = (node.Plans ?? []).flatMap(scans);
  if (node['Index Name']) return [...below, node['Index Name']];
  return node['Node Type'] === 'Seq Scan' ? [...below, 'Seq Scan'] : below;
}

async function dropIndexes(client: PoolClient): Promise<void> {
  await client.query('alter table memories drop constraint memories_pkey');
  const { rows } = await client.query<{ name: string }>(
    "select quote_ident(indexname) as name from pg_indexes where tablename = 'memories'",
  );
  if (rows.length > 0) await client.query(`drop index ${rows.map(({ name }) => name).join(', ')}`);
}
