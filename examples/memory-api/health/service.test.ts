import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { readConfig } from '../config.ts';
import { openPool } from '../database.ts';
import { createLogger } from '../logger.ts';
import { migrate } from '../migrate.ts';
import { startApp, type TestApp } from '../test-app.ts';
import { startPostgres, startRedis, type TestServer, until } from '../test-servers.ts';

/* What the service looks at and tells by itself: nobody asks it anything here. */

const { runs, titled } = await needs('postgres', 'redis');

describe.runIf(runs)(titled('the health of the service'), () => {
  let postgres: TestServer;
  let redis: TestServer;
  let pool: ReturnType<typeof openPool>;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    pool = openPool(readConfig({ DATABASE_URL: postgres.url }).database, createLogger('silent'));
    await migrate(pool);
  });

  afterAll(async () => {
    await pool?.end();
    await Promise.all([postgres, redis].map((server) => server?.[Symbol.asyncDispose]()));
  });

  // A machine that stands still for a while makes nothing unhealthy.
  const start = (settings: Record<string, string> = {}) =>
    startApp({
      ...{ DATABASE_URL: postgres.url, REDIS_URL: redis.url, HEALTH_TIMEOUT_MS: '30000' },
      ...settings,
    });

  const told = ({ logged }: TestApp) => logged.filter(({ message }) => /healthy/.test(`${message}`));

  it('is told once the service has started, with the latency of all that it depends on', async () => {
    await using service = await start();
    await until(() => told(service).length === 1);
    const works = { status: 'ok', latency_ms: expect.any(Number) };
    expect(told(service)).toMatchObject([
      {
        ...{ level: 'info', message: 'healthy', status: 'ok', ready: true },
        dependencies: { postgres: works, redis: works, vector_index: works },
      },
    ]);
  });

  it('is looked at again every HEALTH_INTERVAL_MS: told whenever it is bad, and when it is good again', async () => {
    await using service = await start({ HEALTH_INTERVAL_MS: '50', BREAKER_ENABLED: 'false' });
    await until(() => told(service).length === 1);
    await pool.query('alter table memories rename to memories_away');
    try {
      // The first may be of a look that saw one half of it.
      await until(() => told(service).length >= 1 + 3);
      expect(told(service).at(-1)).toMatchObject({
        ...{ level: 'error', status: 'unavailable', ready: false },
        message: 'unhealthy: no answer or a wrong one from postgres, vector_index',
        dependencies: { postgres: { error: '42P01' }, redis: { status: 'ok' } },
      });
    } finally {
      await pool.query('alter table memories_away rename to memories');
    }
    await until(() => told(service).at(-1)?.message === 'healthy again');
  });
});
