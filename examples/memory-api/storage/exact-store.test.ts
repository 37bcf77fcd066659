import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { DatabaseError } from '../errors.ts';
import type { Queries } from '../resilience/guarded-pool.ts';
import type { SeedRow } from '../store.ts';
import { ExactStore } from './exact-store.ts';
import { Statements } from './statements.ts';
import { startDatabase, type TestDatabase } from './test-database.ts';

const { runs, titled } = await needs('postgres');

const dimensions = 64;
const north = Array.from({ length: dimensions }, (_, index) => (index === 0 ? 1 : 0));

let database: TestDatabase;

beforeAll(async () => {
  if (runs) database = await startDatabase('exact', dimensions);
}, 60_000);
afterAll(() => database?.[Symbol.asyncDispose]());

describe.runIf(runs)(titled('the embeddings that a process keeps'), () => {
  it('stay when PostgreSQL could not be asked', async () => {
    const user = randomUUID();
    await database.store.upsertAll(Array.from({ length: 100 }, () => row(user)));
    const { store, copied } = observed(() => database.pool);
    await store.nearest(user, north, 1);
    await database.pool.query('alter table memories rename to memories_away');
    await expect(store.nearest(user, north, 1)).rejects.toThrow(DatabaseError);
    await database.pool.query('alter table memories_away rename to memories');
    expect(await store.nearest(user, north, 1)).toHaveLength(1);
    const [first, second] = copied;
    expect(first).toBeGreaterThan(100 * dimensions * 4);
    expect(second).toBeLessThan(1000);
  });

  it.each([
    ['has not come as far', 0],
    ['has come further since', 2000],
  ])('are not believed when a server answers that %s', async (_which, transactions) => {
    await using other = await startDatabase('exact', dimensions);
    const user = randomUUID();
    const known = [row(user), row(user)];
    await other.store.upsertAll(known);
    await database.store.upsertAll(known);
    await pass(database, 1000);
    let current = database;
    const { store } = observed(() => current.pool);
    expect(await store.nearest(user, north, 10)).toHaveLength(2);

    current = other;
    await other.store.upsertAll([row(user)]);
    await pass(other, transactions);
    expect(await store.nearest(user, north, 10)).toHaveLength(3);
    await other.store.upsertAll([row(user)]);
    expect(await store.nearest(user, north, 10)).toHaveLength(4);
  });
});

/** Lets the server number so many transactions. */
async function pass({ pool }: Pick<TestDatabase, 'pool'>, transactions: number): Promise<void> {
  await pool.query(`
    do $$ begin
      for turn in 1..${transactions} loop
        perform pg_current_xact_id();
        commit;
      end loop;
    end $$`);
}

/** A store, and how many bytes each of its copies had. `pool`: the one to ask next. */
function observed(pool: () => Queries) {
  const copied: number[] = [];
  const queries: Queries = {
    query: (sql, values) => pool().query(sql, values),
    read: async (work) => {
      const result = await pool().read(work);
      copied.push((result as Buffer).length);
      return result;
    },
  };
  return { store: new ExactStore(new Statements(queries), 1024 * 1024), copied };
}

function row(user_id: string): SeedRow {
  const created_at = '2026-01-01T00:00:00.000Z';
  return {
    ...{ id: randomUUID(), user_id, kind: 'fact', content: 'x', metadata: {} },
    ...{ created_at, embedding: north },
  };
}
