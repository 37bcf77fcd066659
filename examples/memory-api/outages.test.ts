import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Link } from '../../harness/proxy/link.ts';
import { openLink } from '../../harness/proxy/open-link.ts';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { readConfig } from './config.ts';
import { openPool } from './database.ts';
import { HashingEmbedder } from './embedder.ts';
import { startProvider } from './embeddings/test-provider.ts';
import { ApiKeys } from './http/api-keys.ts';
import { askHttp } from './http/test-http.ts';
import { createLogger } from './logger.ts';
import { migrate } from './migrate.ts';
import { seedId, seedRows } from './seed.ts';
import { MemoryStore } from './store.ts';
import { startApp } from './test-app.ts';
import { startPostgres, startRedis, type TestRedis, type TestServer, until } from './test-servers.ts';

/* Servers that are there and say nothing, which is worse than none. */

const { runs, titled } = await needs('postgres', 'redis');
const api = '/api/v1/memories';
const seeded = 100;
/** What a busy machine may add to a time limit; each of the waits that must not happen is longer. */
const graceMs = 4000;

let postgres: TestServer;
let redis: TestRedis;
let pool: ReturnType<typeof openPool>;
let key: string;

beforeAll(async () => {
  if (!runs) return;
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  pool = openPool(readConfig({ DATABASE_URL: postgres.url }).database, createLogger('silent'));
  await migrate(pool);
  await new MemoryStore(pool).upsertAll(await seedRows(1, seeded, new HashingEmbedder()));
  ({ key } = await new ApiKeys(pool).issue('for a test', 'user-1'));
});

afterAll(async () => {
  await pool?.end();
  await Promise.all([postgres, redis].map((server) => server?.[Symbol.asyncDispose]()));
});

const start = (settings: Record<string, string> = {}) =>
  startApp({ DATABASE_URL: postgres.url, REDIS_URL: redis.url, ...settings });

describe.runIf(runs)(titled('while PostgreSQL hangs'), () => {
  const requestTimeoutMs = 1500;
  const settings = {
    REQUEST_TIMEOUT_MS: `${requestTimeoutMs}`,
    HEALTH_TIMEOUT_MS: '300',
    // Far longer than any request may take.
    DATABASE_POOL_TIMEOUT_MS: '60000',
    DATABASE_CONNECT_TIMEOUT_MS: '60000',
    DATABASE_STATEMENT_TIMEOUT_MS: '60000',
    CACHE_ENABLED: 'false',
  };

  it('every request is answered within its time, readiness within its own, and in the end at once', async () => {
    await using service = await start(settings);
    for (let n = 1; n <= 5; n += 1) expect((await service.get(`${api}/${seedId(n)}`)).status).toBe(200);
    await using _ = await hang();

    const startedAtMs = performance.now();
    const requests = Array.from({ length: 40 }, (_, n) => service.get(`${api}/${seedId(n + 1)}`));
    const write = service.post(api, { user_id: 'user-1', kind: 'fact', content: 'x' });
    const ready = await service.get('/health/ready');
    expect([ready.status, ready.body.data.dependencies.postgres]).toMatchObject([
      503,
      { status: 'unavailable', error: 'HealthTimeoutError', pool: { waiting: expect.any(Number) } },
    ]);
    const answers = await Promise.all([...requests, write]);
    expect(performance.now() - startedAtMs).toBeLessThan(requestTimeoutMs + graceMs);
    for (const { status, body } of answers) expect([status, body.error.category]).toEqual([503, 'database']);

    // One after the other they would take a minute.
    for (let n = 1; n <= 40; n += 1) expect((await service.get(`${api}/${seedId(n)}`)).status).toBe(503);
    expect(performance.now() - startedAtMs).toBeLessThan(2 * (requestTimeoutMs + graceMs));
    const { error } = (await service.get(`${api}/${seedId(1)}`)).body;
    expect([error.error_code, error.category]).toEqual(['CIRCUIT_BREAKER_OPEN', 'database']);
    const now = await service.get('/health/ready');
    expect(now.body.data.dependencies.postgres).toMatchObject({
      ...{ status: 'unavailable', error: 'CIRCUIT_BREAKER_OPEN', breaker: 'open' },
    });
    expect(service.logged.map(({ message }) => message)).toContain('PostgreSQL is left alone for a while');
  });

  it('it is used again when it answers again', async () => {
    await using service = await start({ ...settings, BREAKER_RESET_MS: '100' });
    {
      await using _ = await hang();
      await Promise.all(Array.from({ length: 8 }, (_, n) => service.get(`${api}/${seedId(n + 1)}`)));
    }
    await until(async () => (await service.get(`${api}/${seedId(1)}`)).status === 200);
    await until(async () => (await service.get('/health/ready')).status === 200);
  });
});

describe.runIf(runs)(titled('while the provider of embeddings hangs'), () => {
  it('there is time left for doing without it, however long it may be waited for', async () => {
    await using provider = await startProvider(() => {});
    await using service = await start({
      ...{ EMBEDDINGS_URL: provider.baseUrl, REQUEST_TIMEOUT_MS: '4000' },
      ...{ EMBEDDINGS_DEADLINE_MS: '60000', EMBEDDINGS_TRY_TIMEOUT_MS: '60000' },
    });
    const [user_id, content] = ['waits', 'a kettle of tea'];
    const created = await service.post(api, { user_id, kind: 'fact', content });
    expect([created.status, created.body.data.content]).toEqual([201, content]);
    const found = await service.post(`${api}/search`, { user_id, query: 'kettle' });
    expect([found.status, found.body.degraded, found.body.data[0].content]).toEqual([200, true, content]);
  });
});

describe.runIf(runs)(titled('while Redis hangs'), () => {
  it('limits wait for it a few times, then no more, and go on counting', async () => {
    const commandTimeoutMs = 400;
    await using service = await start({
      AUTH_ENABLED: 'true',
      REDIS_COMMAND_TIMEOUT_MS: `${commandTimeoutMs}`,
      RATE_LIMIT_PER_USER: '50',
    });
    const ask = () => askHttp(`${service.app.listeningOrigin}${api}?user_id=user-1`, { key });
    expect((await ask()).status).toBe(200);
    redis.pause();
    try {
      const startedAtMs = performance.now();
      const statuses = [];
      for (let turn = 0; turn < 60; turn += 1) statuses.push((await ask()).status);
      expect(statuses.slice(0, 50)).toEqual(Array(50).fill(200));
      expect(statuses.at(-1)).toBe(429);
      // Sixty that wait would take 24 s for the limits alone.
      expect(performance.now() - startedAtMs).toBeLessThan(30 * commandTimeoutMs);
    } finally {
      redis.resume();
    }
  });

  it.each([
    [{ CACHE_ENABLED: 'true', AUTH_ENABLED: 'true' }, 1],
    [{ CACHE_ENABLED: 'false', AUTH_ENABLED: 'true' }, 1],
    [{ CACHE_ENABLED: 'false', AUTH_ENABLED: 'false' }, 0],
  ])(
    'a process has one connection for cache and limits, and none when it needs none: %j',
    async (given, more) => {
      const before = await connections();
      await using _ = await start(given);
      await until(async () => (await connections()) === before + more);
    },
  );

  async function connections(): Promise<number> {
    const client = new Redis(redis.url);
    try {
      const list = String(await client.client('LIST'));
      return list.trim().split('\n').length;
    } finally {
      client.disconnect();
    }
  }
});

describe.runIf(runs)(titled('a write that is made after its request has failed'), () => {
  const settings = { REQUEST_TIMEOUT_MS: '1000', DATABASE_STATEMENT_TIMEOUT_MS: '30000' };

  it.each([
    ['because it waited for another', settings, async () => {}],
    [
      'because its connection broke',
      { DATABASE_STATEMENT_TIMEOUT_MS: '5000' },
      async (link: Link) => {
        await waiting('update');
        await link.cut();
        await link.heal();
      },
    ],
  ])('is seen when it is made: %s', async (_why, given, fail) => {
    const url = new URL(postgres.url);
    const upstream = { host: url.hostname, port: Number(url.port) };
    await using link = await openLink({ name: 'postgres', protocol: 'opaque', upstream, seed: 1 });
    url.host = `${link.host}:${link.port}`;
    await using service = await start({ ...given, DATABASE_URL: url.href });
    const path = `${service.app.listeningOrigin}${api}`;
    const content = `written late ${randomUUID()}`;
    const { body } = await service.post(api, { user_id: 'late', kind: 'fact', content: 'as it was' });
    const read = async () => (await service.get(`${api}/${body.data.id}`)).body.data?.content;
    const list = async () => (await service.get(`${api}?user_id=late&limit=1`)).body.data?.[0].content;

    const holder = await pool.connect();
    try {
      await holder.query('begin');
      await holder.query('select from memories where id = $1 for update', [body.data.id]);
      const write = askHttp(`${path}/${body.data.id}`, { method: 'PATCH', body: { content } });
      await fail(link);
      expect((await write).status).toBe(503);
      expect([await read(), await list()]).toEqual(['as it was', 'as it was']);
    } finally {
      await holder.query('rollback');
      holder.release();
    }
    await until(async () => (await read()) === content && (await list()) === content, 20_000);
  });

  /** Until such a statement waits for a lock. */
  const waiting = (text: string) =>
    until(async () => {
      const { rows } = await pool.query(
        "select from pg_stat_activity where wait_event_type = 'Lock' and query like $1",
        [`${text}%`],
      );
      return rows.length > 0;
    });
});

describe.runIf(runs)(titled('answers to searches that are kept'), () => {
  it('are of one model with its dimensions', async () => {
    const search = { user_id: 'user-1', query: 'morning coffee', limit: 3 };
    await using one = await start({ INSTANCE: 'one' });
    await using other = await start({ INSTANCE: 'other', EMBEDDINGS_DIMENSIONS: '32' });
    expect((await one.post(`${api}/search`, search)).body.data).toHaveLength(2);
    expect((await one.post(`${api}/search`, search)).body.data).toHaveLength(2);
    expect((await other.post(`${api}/search`, search)).body.data).toEqual([]);
  });
});

/** Every process of the server stops where it is, with its connections open, until this is disposed. */
async function hang(): Promise<AsyncDisposable> {
  const { rows } = await pool.query('show data_directory');
  const pidFile = await readFile(join(rows[0].data_directory, 'postmaster.pid'), 'utf8');
  const postmaster = Number(pidFile.split('\n', 1)[0]);
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=', '--ppid', `${postmaster}`]);
  const pids = [postmaster, ...stdout.trim().split(/\s+/).map(Number)];
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  return {
    async [Symbol.asyncDispose]() {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    },
  };
}
