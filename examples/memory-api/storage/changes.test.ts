import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { copyChangesSql, readChanges } from './changes.ts';
import { Statements } from './statements.ts';
import { startDatabase, type TestDatabase } from './test-database.ts';

const { runs, titled } = await needs('postgres');

describe.runIf(runs)(titled('what changed, as bytes'), () => {
  let database: TestDatabase;
  let statements: Statements;
  beforeAll(async () => {
    database = await startDatabase('exact', 2);
    statements = new Statements(database.pool);
  });
  afterAll(() => database?.[Symbol.asyncDispose]());

  const insert = (userId: string, embedding: number[] | null, id = randomUUID()) =>
    database.store.insert({ id, user_id: userId, kind: 'fact', content: 'x', metadata: {}, embedding });
  const changesOf = async (userId: string, since = '0') =>
    readChanges(await statements.copy(copyChangesSql(userId, since)));

  it.each(["o'neil", "x' or true --", '$1 and $2', "\\' or true --", 'ünï "quoted"', '$$', '%s'])(
    'is that of the user %s alone',
    async (userId) => {
      const { id, created_at } = await insert(userId, [0.5, -0.25]);
      await insert(userId, null);
      const { total, vectors } = await changesOf(userId);
      expect([total, vectors.length]).toEqual([1, 1]);
      const [{ embedding, ...vector }] = vectors as [(typeof vectors)[0]];
      expect([embedding.readFloatBE(0), embedding.readFloatBE(4)]).toEqual([0.5, -0.25]);
      expect(vector.id).toBe(id);
      expect(Math.floor(vector.created_at_us / 1000)).toBe(Date.parse(created_at));
    },
  );

  it('is nothing after what is known', async () => {
    await insert('late', [1, 0]);
    const { horizon } = await changesOf('late');
    expect(await changesOf('late', horizon)).toMatchObject({ total: 1, vectors: [] });
    await insert('late', [0, 1]);
    const { total, vectors } = await changesOf('late', horizon);
    expect([total, vectors.length]).toEqual([2, 1]);
  });

  it('is read whole, however many rows there are', async () => {
    const many = Array.from({ length: 3000 }, (_, n) => ({
      ...{ id: randomUUID(), user_id: 'many', kind: 'fact' as const, content: `${n}`, metadata: {} },
      created_at: new Date().toISOString(),
      embedding: [n, -n],
    }));
    await database.store.upsertAll(many);
    const { total, vectors } = await changesOf('many');
    expect(total).toBe(3000);
    const read = new Map(vectors.map(({ id, embedding }) => [id, embedding.readFloatBE(0)]));
    expect(many.every(({ id, embedding }) => read.get(id) === embedding[0])).toBe(true);
  });

  it('fails with what the server says, and the next is answered', async () => {
    await expect(statements.copy('copy (select 1 / 0) to stdout (format binary)')).rejects.toThrow(
      expect.objectContaining({ name: 'ValidationError' }),
    );
    await expect(statements.copy('copy (select no_such_thing) to stdout (format binary)')).rejects.toThrow(
      expect.objectContaining({ name: 'DatabaseError' }),
    );
    expect(await changesOf('nobody')).toMatchObject({ total: 0, vectors: [] });
    expect(database.pool.status()).toMatchObject({ out: 0, waiting: 0 });
  });
});
