import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { readConfig } from './config.ts';
import { openPool } from './database.ts';
import { HashingEmbedder } from './embedder.ts';
import { createLogger } from './logger.ts';
import { kinds } from './memory.ts';
import { migrate } from './migrate.ts';
import { seedAll, seedId, seedMemory, seedRows } from './seed.ts';
import { MemoryStore } from './store.ts';
import { startPostgres, type TestServer } from './test-servers.ts';

const { runs, titled } = await needs('postgres');

describe('seeded memories', () => {
  it.each([
    [1, '00000000-0000-4000-8000-000000000001'],
    [255, '00000000-0000-4000-8000-0000000000ff'],
    [5000, '00000000-0000-4000-8000-000000001388'],
  ])('the id of memory %i can be computed', (n, id) => {
    expect(seedId(n)).toBe(id);
  });

  it.each([
    [1, 'user-1'],
    [50, 'user-50'],
    [51, 'user-1'],
  ])('memory %i belongs to %s', (n, userId) => {
    expect(seedMemory(1, n).user_id).toBe(userId);
  });

  it('are the same for the same seed, and others for another', async () => {
    const [one, again, other] = await Promise.all(
      [1, 1, 2].map((seed) => seedRows(seed, 300, new HashingEmbedder())),
    );
    expect(again).toEqual(one);
    expect(other!.map((row) => row.id)).toEqual(one!.map((row) => row.id));
    const same = other!.filter((row, index) => row.content === one![index]!.content);
    expect(same.length).toBeLessThan(10);
  });

  it('are of every kind', () => {
    const found = Array.from({ length: 300 }, (_, index) => seedMemory(1, index + 1).kind);
    for (const kind of kinds) expect(found.filter((it) => it === kind).length).toBeGreaterThan(70);
  });
});

describe.runIf(runs)(titled('seeding'), () => {
  let postgres: TestServer;
  let pool: ReturnType<typeof openPool>;

  beforeAll(async () => {
    postgres = await startPostgres();
    pool = openPool(readConfig({ DATABASE_URL: postgres.url }).database, createLogger('silent'));
  }, 30_000);

  afterAll(async () => {
    await pool?.end();
    await postgres?.[Symbol.asyncDispose]();
  });

  it('can be repeated, and a change of seed changes the rows', async () => {
    const store = new MemoryStore(pool);
    for (const seed of [1, 1, 2]) {
      await migrate(pool);
      await store.upsertAll(await seedRows(seed, 120, new HashingEmbedder()));
      expect(await store.find(seedId(120))).toEqual(seedMemory(seed, 120));
      expect(await store.countOf('user-20')).toBe(3);
    }
  });

  it('is sent in statements of a thousand rows, the last of what is left', async () => {
    const store = new MemoryStore(pool);
    await migrate(pool);
    const inserts = async () => (await postgres.log()).match(/execute .*insert into memories/g)?.length ?? 0;
    const before = await inserts();
    await seedAll(store, { seed: 1, count: 2500 }, new HashingEmbedder());
    expect((await inserts()) - before).toBe(3);
    expect(await store.find(seedId(2500))).toEqual(seedMemory(1, 2500));
    expect(await store.find(seedId(2501))).toBeUndefined();
    expect(await store.countOf('user-20')).toBe(50);
  });
});
