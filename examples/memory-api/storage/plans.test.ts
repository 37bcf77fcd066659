import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { statements } from '../store.ts';
import { changesSql } from './changes.ts';
import { byIdsSql, idsSql } from './exact-store.ts';
import { keyStatements } from './key-table.ts';
import { nearestOfAllSql, nearestSql } from './pgvector-store.ts';
import { type Flavour, startDatabase, type TestDatabase } from './test-database.ts';
import { needsPgvector } from './test-pgvector.ts';
import { buildVectorIndex, vectorIndexName } from './vector-index.ts';

const gates = { exact: await needs('postgres'), pgvector: await needsPgvector() };
/** Few, because the plans do not depend on them. */
const dimensions = 16;
const largest = 'user-1';
const usual = 'user-100';
const id = '00000000-0000-4000-8000-000000000001';
const keyHash = createHash('sha256').update('1').digest();
/** Of few the planner would look at every one. */
const fillKeys = `insert into api_keys (name, key_hash)
  select 'key ' || n, sha256(n::text::bytea) from generate_series(1, 10000) as n`;

/** 100,000 memories of 200 users, of whom the first has 10,000; 300 topics, and everything near to one of them. */
const fill = (type: string) => `
  with topics as materialized (
    select topic, array_agg(random() - 0.5 order by at) as centre
    from generate_series(0, 299) as topic, generate_series(1, ${dimensions}) as at group by topic
  ), shapes as materialized (
    select shape, (
      select array_agg((value + (random() - 0.5) * 0.9)::real order by at)
      from unnest(centre) with ordinality as element (value, at) where shape >= 0
    ) as values
    from generate_series(0, ${type === 'vector' ? 99_999 : 2999}) as shape join topics on topic = shape % 300
  ), lengths as materialized (
    select shape, values, (select sqrt(sum(value * value)) from unnest(values) as value) as length from shapes
  ), embeddings as materialized (
    select shape, ${type === 'vector' ? '' : 'embedding_to_bytes'}((select array_agg((value / length)::real order by at)
      from unnest(values) with ordinality as element (value, at)))${type === 'vector' ? '::vector' : ''} as embedding
    from lengths
  )
  insert into memories (id, user_id, kind, content, embedding, created_at)
  select ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
    case when n <= 10000 then '${largest}' else 'user-' || (2 + n % 199) end,
    (array['fact', 'intervention', 'reflection'])[1 + n % 3],
    'Note ' || n || ' of topic' || n % 300 || ' and of word' || n % 5000,
    case when n % 10000 <> 17 then embedding end,
    timestamptz '2026-01-01' + n * interval '1 second'
  from generate_series(1, 100000) as n
  join embeddings on shape = n % ${type === 'vector' ? 100_000 : 3000}`;

type Query = readonly [string, string, readonly unknown[], RegExp];

const everywhere: Query[] = [
  ['a read', statements.find, [id], /memories_pkey/],
  ['an update', statements.update, [id, largest, 'fact', null, null, null], /memories_pkey/],
  ['a deletion', statements.delete, [id, largest], /memories_pkey/],
  ['what is pending', statements.pending, [50], /memories_pending/],
  ['a creation', statements.insert, [id, largest, 'fact', 'x', {}, null], /Arbiter Indexes: memories_pkey/],
  ['a later embedding', statements.embed, [id, 'x', null], /memories_(pkey|pending)/],
  ['the look for a key', keyStatements.find, [keyHash], /api_keys_key_hash_key/],
  ...[largest, usual].flatMap((user): Query[] => [
    [`a page of ${user}`, statements.list, [user, 20, 40], /memories_by_user/],
    [`a page of a kind of ${user}`, statements.listOfKind, [user, 20, 40, 'fact'], /memories_by_kind/],
    [`the number of ${user}`, statements.count, [user], /Index.* memories_by_/],
    [`the number of a kind of ${user}`, statements.countOfKind, [user, 'fact'], /memories_by_kind/],
    [`a search for words of ${user}`, statements.searchText, [user, 'word17 topic3', 10], /memories_by_/],
  ]),
];

const own: Record<Flavour, (vector: string) => Query[]> = {
  exact: () =>
    [largest, usual].flatMap((user): Query[] => [
      [`what is new of ${user}`, changesSql, [user, '900000'], /memories_by_embedding/],
      [`all of ${user}`, changesSql, [user, '0'], /memories_by_/],
      [`the ids of ${user}`, idsSql, [user], /memories_by_/],
      [`what was found of ${user}`, byIdsSql, [[id, randomUUID()], user], /memories_pkey/],
    ]),
  pgvector: (vector) => [
    [`the nearest of ${largest}`, nearestSql(dimensions), [largest, vector, 10], /memories_by_/],
    [`the nearest of ${usual}`, nearestSql(dimensions), [usual, vector, 10], /memories_by_/],
    [`the nearest of all of ${usual}`, nearestOfAllSql(dimensions), [usual, vector, 10], /memories_by_/],
  ],
};

describe.each(Object.keys(gates) as Flavour[])('100,000 memories: %s', (flavour) => {
  const { runs, titled } = gates[flavour];

  describe.runIf(runs)(titled('on a real server'), () => {
    let database: TestDatabase;

    beforeAll(async () => {
      database = await startDatabase(flavour, dimensions);
      const { pool, store } = database;
      // Without the graph, as the service is by default; row by row into it would take minutes.
      await pool.query(`drop index if exists ${vectorIndexName(dimensions)}`);
      await withoutIndexes(pool, async () => pool.query(fill((await store.vectors()).columnType)));
      await pool.query(fillKeys);
      await pool.query('vacuum analyze');
    }, 180_000);
    afterAll(() => database?.[Symbol.asyncDispose]());

    async function planOf(sql: string, values: readonly unknown[]): Promise<string> {
      const { rows } = await database.pool.query<Record<string, string>>(`explain ${sql}`, [...values]);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    }

    it('uses an index for every statement that a request waits for', async () => {
      for (const [what, sql, values, index] of [...everywhere, ...own[flavour](await someVector())]) {
        const plan = await planOf(sql, values);
        expect.soft(plan, what).toMatch(index);
        expect.soft(plan, what).not.toMatch(/Seq Scan/);
      }
    });

    async function someVector(): Promise<string> {
      const { rows } = await database.pool.query<{ vector: string }>(
        'select embedding::text as vector from memories where id = $1',
        [id],
      );
      return rows[0]!.vector;
    }

    it('needs no sort for a page', async () => {
      for (const [sql, values] of [
        [statements.list, [largest, 20, 40]],
        [statements.listOfKind, [usual, 20, 40, 'fact']],
      ] as const)
        expect(await planOf(sql, values)).not.toMatch(/Sort/);
    });

    it('would be without an index otherwise, so that this test can fail', async () => {
      const plan = await planOf("select id from memories where content = 'x'", []);
      expect(plan).toMatch(/Seq Scan/);
    });

    it('finds at least 95 of 100 that a look at every one finds', async () => {
      expect(await foundShare()).toBeGreaterThanOrEqual(0.95);
    });

    const itOfPgvector = flavour === 'pgvector' ? it : () => {};
    itOfPgvector(
      'uses the graph of all vectors, once it is made, for who has many, and finds as much by it',
      async () => {
        // Without the limit that the statements of requests have.
        const client = new pg.Client({ connectionString: database.server.url });
        await client.connect();
        await buildVectorIndex(client, dimensions).finally(() => client.end());
        await database.pool.query('vacuum analyze memories');
        const vector = await someVector();
        const graph = new RegExp(`Index Scan using ${vectorIndexName(dimensions)} `);
        expect(await planOf(nearestSql(dimensions), [largest, vector, 10])).toMatch(graph);
        expect(await foundShare()).toBeGreaterThanOrEqual(0.95);
        // Who has few is faster with these; and so is asked again who was not found enough.
        for (const [sql, user] of [
          [nearestSql, usual],
          [nearestOfAllSql, largest],
          [nearestOfAllSql, usual],
        ] as const) {
          const plan = await planOf(sql(dimensions), [user, vector, 10]);
          expect.soft(plan).toMatch(/ memories_by_/);
          expect.soft(plan).not.toMatch(graph);
        }
      },
      // Of 100,000 vectors, on a machine that has other things to do.
      300_000,
    );

    /** Of what the tenth best score or better has, the share that is found. */
    async function foundShare(): Promise<number> {
      const { pool, store } = database;
      const { rows } = await pool.query<{ embedding: Buffer | string }>(
        'select embedding from memories where embedding is not null and user_id <> $1 order by id desc limit 25',
        [largest],
      );
      let hits = 0;
      for (const { embedding } of rows) {
        const query = toNumbers(embedding);
        const found = await store.nearest(largest, query, 10);
        const all = await everyOne(query);
        hits += found.filter(({ score }) => score >= all - 1e-5).length;
      }
      return hits / (rows.length * 10);
    }

    /** The tenth best score among the memories of the largest user, by plain arithmetic. */
    async function everyOne(query: readonly number[]): Promise<number> {
      largestOf ??= (
        await database.pool.query<{ embedding: Buffer | string }>(
          'select embedding from memories where embedding is not null and user_id = $1',
          [largest],
        )
      ).rows.map(({ embedding }) => toNumbers(embedding));
      const scores = largestOf.map((vector) =>
        vector.reduce((sum, value, at) => sum + value * query[at]!, 0),
      );
      return scores.sort((a, b) => b - a)[9]!;
    }
    let largestOf: number[][] | undefined;
  });
});

/** Sorted at once they are there in a fraction of the time that they take row by row. */
async function withoutIndexes(pool: TestDatabase['pool'], work: () => Promise<unknown>): Promise<void> {
  const { rows } = await pool.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
     where tablename = 'memories' and indexname <> 'memories_pkey'`,
  );
  for (const { name } of rows) await pool.query(`drop index ${name}`);
  await work();
  for (const { definition } of rows) await pool.query(definition);
}

function toNumbers(embedding: Buffer | string): number[] {
  if (typeof embedding === 'string') return JSON.parse(embedding);
  return Array.from({ length: embedding.length / 4 }, (_, at) => embedding.readFloatBE(at * 4));
}
