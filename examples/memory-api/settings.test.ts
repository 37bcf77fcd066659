import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { readConfig } from './config.ts';
import { HashingEmbedder } from './embedder.ts';
import { ApiKeys } from './http/api-keys.ts';
import { type Answer, askHttp } from './http/test-http.ts';
import { createLogger } from './logger.ts';
import { migrate } from './migrate.ts';
import { openParts } from './parts.ts';
import { seedId, seedMemory, seedRows } from './seed.ts';
import type { CheckedPool } from './storage/checked-pool.ts';
import { poolOf } from './storage/test-database.ts';
import { MemoryStore } from './store.ts';
import { startApp } from './test-app.ts';
import { startPostgres, startRedis, type TestServer, until } from './test-servers.ts';

/* Settings that nobody would miss at once: that what they say is done, by the service as it is put together. */

const { runs, titled } = await needs('postgres', 'redis');

describe.runIf(runs)(titled('the settings of'), () => {
  let postgres: TestServer;
  let redis: TestServer;
  let direct: CheckedPool;
  let keys: ApiKeys;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    direct = poolOf(postgres, { poolSize: 1 });
    await migrate(direct);
    await new MemoryStore(direct).upsertAll(await seedRows(1, 10, new HashingEmbedder()));
    keys = new ApiKeys(direct);
  });

  afterAll(async () => {
    await direct?.end();
    await Promise.all([postgres, redis].map((server) => server?.[Symbol.asyncDispose]()));
  });

  it('the pool: how many more, how long one waits, and how old one gets', async () => {
    const config = readConfig({
      ...{ DATABASE_URL: postgres.url, CACHE_ENABLED: 'false' },
      DATABASE_POOL_SIZE: '1',
      DATABASE_POOL_OVERFLOW: '1',
      DATABASE_POOL_TIMEOUT_MS: '3000',
      DATABASE_POOL_RECYCLE_S: '2',
    });
    const parts = openParts(config, createLogger('silent'));
    try {
      const { pool } = parts;
      const askedAtMs = performance.now();
      const asked = await Promise.allSettled([1, 2, 3].map(() => pool.connect()));
      const waitedMs = performance.now() - askedAtMs;
      const status = pool.status();
      for (const one of asked) if (one.status === 'fulfilled') one.value.release();
      expect(asked.map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
      expect(status).toMatchObject({ size: 2, overflow: 1 });
      expect(waitedMs).toBeLessThan(10_000);
      // Sooner than one that nobody uses would go.
      await until(() => pool.totalCount === 0, 8000);
    } finally {
      await parts.close();
    }
  });

  it('the cache in the process: how many values, and for how long', async () => {
    await using service = await startApp({
      ...{ DATABASE_URL: postgres.url, CACHE_ENABLED: 'false' },
      CACHE_PROCESS_ENTRIES: '1',
      CACHE_PROCESS_TTL_MS: '60000',
    });
    const contentOf = async (n: number) =>
      (await service.get(`/api/v1/memories/${seedId(n)}`)).body.data.content;
    const { content } = seedMemory(1, 1);
    expect(await contentOf(1)).toBe(content);
    await direct.query("update memories set content = 'changed' where id = $1", [seedId(1)]);
    // Longer than it would be kept unless told.
    await wait(1200);
    expect(await contentOf(1)).toBe(content);
    await contentOf(2);
    expect(await contentOf(1)).toBe('changed');
  });

  it('the limits of requests: by address, by user, by service, and in which window', async () => {
    await using service = await startApp({
      ...{ DATABASE_URL: postgres.url, REDIS_URL: redis.url, AUTH_ENABLED: 'true' },
      RATE_LIMIT_PER_ADDRESS: '2',
      RATE_LIMIT_PER_USER: '5',
      RATE_LIMIT_PER_SERVICE: '7',
      RATE_LIMIT_WINDOW_S: '77',
    });
    const ask = async (user: string, userOfKey?: string): Promise<Answer> => {
      const { key } = await keys.issue('for a test', userOfKey);
      return askHttp(`${service.app.listeningOrigin}/api/v1/memories?user_id=${user}`, { key });
    };
    const answers = [await ask('ada', 'ada'), await ask('ben', 'ben'), await ask('cy', 'cy')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[0]!.headers['ratelimit-policy']).toBe('"address";q=2;w=77, "user";q=5;w=77');
    const ofService = await ask('ada');
    expect(ofService.status).toBe(200);
    expect(ofService.headers['ratelimit-policy']).toBe('"service";q=7;w=77, "user";q=5;w=77');
  });
});
