import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { migrate } from './migrate.ts';
import { type Flavour, poolOf, startDatabase } from './storage/test-database.ts';
import { needsPgvector } from './storage/test-pgvector.ts';
import { MemoryStore } from './store.ts';
import { startPostgres } from './test-servers.ts';

const gates = { exact: await needs('postgres'), pgvector: await needsPgvector() };
const all = ['001_memories', '002_storage', '003_pgvector'];
const embedding = Array.from({ length: 64 }, (_, index) => (index === 5 ? -0.6 : index === 9 ? 0.8 : 0));

describe.each(Object.keys(gates) as Flavour[])('migrations: %s', (flavour) => {
  const { runs, titled } = gates[flavour];

  it.runIf(runs)(titled('go back and forth and lose no memory'), async () => {
    await using database = await startDatabase(flavour, 64);
    const { pool, store } = database;
    const row = { user_id: 'u', kind: 'fact', content: 'x', metadata: {} } as const;
    const embedded = await store.insert({ ...row, id: randomUUID(), embedding });
    const pending = await store.insert({ ...row, id: randomUUID(), embedding: null });
    for (const [count, names] of [
      [1, ['003_pgvector']],
      [2, ['003_pgvector', '002_storage']],
    ] as const) {
      expect(await migrate(pool, { direction: 'down', count })).toEqual(names);
      expect(await migrate(pool)).toEqual(names.toReversed());
      const again = new MemoryStore(pool);
      const [best] = await again.nearest('u', embedding, 1);
      expect(best).toEqual({ ...embedded, score: expect.closeTo(1, 5) });
      expect(await again.find(pending.id)).toEqual(pending);
      expect((await again.vectors()).name).toBe(flavour);
    }
    expect(await migrate(pool, { direction: 'down', count: 3 })).toEqual(all.toReversed());
    const { rows } = await pool.query(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relname !~ 'migrations'`,
    );
    expect(rows).toEqual([]);
  });
});

describe.runIf(gates.exact.runs)(gates.exact.titled('migrations'), () => {
  it('are run once by processes that start at the same time', async () => {
    await using server = await startPostgres();
    await using pool = disposable(poolOf(server));
    const done = await Promise.all([1, 2, 3].map(() => migrate(pool.it)));
    expect(done.filter((names) => names.length > 0)).toEqual([all]);
    expect(await migrate(pool.it)).toEqual([]);
  });

  it('take over what the first version of the service has left', async () => {
    await using server = await startPostgres();
    await using pool = disposable(poolOf(server));
    await migrate(pool.it, { direction: 'up' });
    await migrate(pool.it, { direction: 'down', count: 2 });
    await pool.it.query('drop table migrations');
    await pool.it.query(
      `insert into memories (id, user_id, kind, content, embedding) values ($1, 'u', 'fact', 'old', $2)`,
      [randomUUID(), embedding],
    );
    expect(await migrate(pool.it)).toEqual(all);
    const [best] = await new MemoryStore(pool.it).nearest('u', embedding, 1);
    expect(best).toMatchObject({ content: 'old', score: expect.closeTo(1, 5) });
  });

  it('leave nothing behind when one of them fails', async () => {
    await using server = await startPostgres();
    await using pool = disposable(poolOf(server));
    await pool.it.query('create table api_keys (other int)');
    await expect(migrate(pool.it)).rejects.toThrow('api_keys');
    const { rows } = await pool.it.query("select to_regclass('memories') as found");
    expect(rows).toEqual([{ found: null }]);
  });
});

function disposable(it: ReturnType<typeof poolOf>) {
  return { it, [Symbol.asyncDispose]: () => it.end() };
}
