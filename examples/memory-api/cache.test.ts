import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { readConfig } from './config.ts';
import { openPool } from './database.ts';
import { HashingEmbedder } from './embedder.ts';
import { createLogger } from './logger.ts';
import { migrate } from './migrate.ts';
import { seedId, seedMemory, seedRows } from './seed.ts';
import { MemoryStore } from './store.ts';
import { startApp, type TestApp } from './test-app.ts';
import { startPostgres, startRedis, type TestServer, until } from './test-servers.ts';

const { runs, titled } = await needs('postgres', 'redis');

/** The line that tells of the opening is written a little after it. */
const clockSlackMs = 20;

let postgres: TestServer;
let redis: Awaited<ReturnType<typeof startRedis>>;

beforeAll(async () => {
  postgres = await startPostgres();
  const pool = openPool(readConfig({ DATABASE_URL: postgres.url }).database, createLogger('silent'));
  await migrate(pool);
  await new MemoryStore(pool).upsertAll(await seedRows(1, 100, new HashingEmbedder()));
  await pool.end();
}, 30_000);

afterAll(() => postgres?.[Symbol.asyncDispose]());

beforeEach(async () => {
  redis = await startRedis();
  return () => redis[Symbol.asyncDispose]();
});

describe.runIf(runs)(titled('reading through'), () => {
  it('asks PostgreSQL the first time and Redis the second', async () => {
    await using service = await start({});
    expect(await read(service, 1)).toBe(200);
    expect(await read(service, 1)).toBe(200);
    expect(await selectsOf(1)).toBe(1);
    expect(await redisStat('keyspace_hits')).toBeGreaterThan(0);
    expect(await command((client) => client.ttl(`memory:${seedId(1)}`))).toBeGreaterThan(290);
  });

  it('is not filled by writing', async () => {
    await using service = await start({});
    const { status } = await service.post('/api/v1/memories', { user_id: 'ada', kind: 'fact', content: 'x' });
    expect(status).toBe(201);
    expect(await command((client) => client.keys('memory:*'))).toEqual([]);
  });

  it('asks PostgreSQL once for fifty who want the same at once', async () => {
    await using service = await start({});
    const answers = await Promise.all(Array.from({ length: 50 }, () => read(service, 2)));
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(await selectsOf(2)).toBe(1);
  });

  it.each(['{"id":', '{"id":"another version"}', 'null'])(
    'takes %s in the cache for a miss',
    async (text) => {
      await command((client) => client.set(`memory:${seedId(3)}`, text));
      await using service = await start({});
      const { status, body } = await service.get(`/api/v1/memories/${seedId(3)}`);
      expect(status).toBe(200);
      expect(body.data).toEqual(seedMemory(1, 3));
    },
  );

  it('never asks Redis when it is switched off', async () => {
    await using service = await start({ CACHE_ENABLED: 'false' });
    const before = await selectsOf(4);
    await read(service, 4);
    await read(service, 4);
    expect((await selectsOf(4)) - before).toBe(2);
    expect(await redisStat('keyspace_misses')).toBe(0);
    const { body } = await service.get('/health/ready');
    expect(body.data.dependencies.redis.status).toBe('disabled');
  });
});

describe.runIf(runs)(titled('when Redis is in trouble'), () => {
  it('answers rightly while it is gone, leaves it alone, and comes back to it', async () => {
    const resetMs = 1500;
    await using service = await start({ BREAKER_RESET_MS: `${resetMs}` });
    for (let n = 1; n <= 5; n += 1) expect(await read(service, n)).toBe(200);

    await redis.kill();
    const answers = await readMany(service, 50);
    const openedAtMs = await openedAt(service);
    expect(answers).toEqual(Array.from({ length: 50 }, (_, n) => seedMemory(1, n + 1)));
    const warned = service.logged.filter(({ level }) => level === 'warn');
    expect(warned.length).toBeGreaterThan(0);
    expect(warned.length).toBeLessThan(5);

    await using returned = await startRedis(redis.port);
    await until(async () => (await redisStat('total_connections_received', returned)) > 1);
    await until(async () => {
      await readMany(service, 5);
      return (await redisStat('keyspace_misses', returned)) > 0;
    });
    expect(Date.now() - openedAtMs).toBeGreaterThanOrEqual(resetMs - clockSlackMs);

    await until(async () => (await read(service, 1)) === 200 && (await breakerOf(service)) === 'closed');
    await readMany(service, 1);
    expect(await redisStat('keyspace_hits', returned)).toBeGreaterThan(0);
    expect(service.logged.map(({ message }) => message)).toContain('Redis is used again');
  });

  it('answers rightly and in time while it hangs', async () => {
    await using service = await start({ REDIS_COMMAND_TIMEOUT_MS: '100' });
    expect(await read(service, 1)).toBe(200);
    redis.pause();
    try {
      const startedAtMs = performance.now();
      expect(await readMany(service, 20)).toHaveLength(20);
      expect(performance.now() - startedAtMs).toBeLessThan(2000);
      expect(await breakerOf(service)).toBe('open');
    } finally {
      redis.resume();
    }
  });

  it('lets one request try it, while the others do not wait', async () => {
    await using service = await start({ REDIS_COMMAND_TIMEOUT_MS: '1000', BREAKER_RESET_MS: '50' });
    redis.pause();
    try {
      await readMany(service, 5);
      await until(async () => Date.now() > (await openedAt(service)) + 50);
      let tried = false;
      const probe = read(service, 10).then(() => {
        tried = true;
      });
      await until(async () => (await breakerOf(service)) === 'half-open');
      await readMany(service, 9);
      expect(tried).toBe(false);
      await probe;
    } finally {
      redis.resume();
    }
  });

  it('answers rightly when it answers with errors', async () => {
    await using service = await start({});
    await command((client) => client.acl('SETUSER', 'default', '-mget'));
    for (let turn = 0; turn < 6; turn += 1) expect(await read(service, 1)).toBe(200);
    expect(await breakerOf(service)).toBe('open');
  });

  it('goes on asking it when the breaker is switched off', async () => {
    await using service = await start({ BREAKER_ENABLED: 'false' });
    await command((client) => client.acl('SETUSER', 'default', '-mget'));
    for (let turn = 0; turn < 8; turn += 1) expect(await read(service, 1)).toBe(200);
    expect(await breakerOf(service)).toBe('disabled');
    expect(await command((client) => client.info('commandstats'))).toMatch(
      /cmdstat_mget:.*rejected_calls=8,/,
    );
  });
});

function start(settings: Record<string, string>): Promise<TestApp> {
  return startApp({ DATABASE_URL: postgres.url, REDIS_URL: redis.url, ...settings });
}

async function read(service: TestApp, n: number): Promise<number> {
  return (await service.get(`/api/v1/memories/${seedId(n)}`)).status;
}

async function readMany(service: TestApp, count: number): Promise<unknown[]> {
  const paths = Array.from({ length: count }, (_, index) => `/api/v1/memories/${seedId(index + 1)}`);
  const answers = await Promise.all(paths.map((path) => service.get(path)));
  return answers.map(({ body }) => body.data);
}

async function breakerOf(service: TestApp): Promise<string> {
  return (await service.get('/health/ready')).body.data.dependencies.redis.breaker;
}

async function openedAt(service: TestApp): Promise<number> {
  const [line] = service.logged.filter(
    ({ breaker, message }) => breaker === 'open' && /left alone/.test(`${message}`),
  );
  return Date.parse(String(line?.timestamp));
}

/**
 * How often PostgreSQL was asked for the n-th memory by its id; it logs a statement before it answers. Not all
 * versions write "Parameters" with a capital.
 */
async function selectsOf(n: number): Promise<number> {
  return (await postgres.log()).split(new RegExp(`parameters: \\$1 = '${seedId(n)}'`, 'i')).length - 1;
}

async function redisStat(name: string, server: { url: string } = redis): Promise<number> {
  const info = await command((client) => client.info('stats'), server);
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)![1]);
}

async function command<T>(ask: (client: Redis) => Promise<T>, { url }: { url: string } = redis): Promise<T> {
  const client = new Redis(url);
  try {
    return await ask(client);
  } finally {
    client.disconnect();
  }
}
