import { Redis } from 'ioredis';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import type { HealthChecked } from '../events.ts';
import { createLogger } from '../logger.ts';
import { migrate } from '../migrate.ts';
import { needsPgvector, startPgvector } from '../storage/test-pgvector.ts';
import { startPostgres, startRedis, until } from '../test-servers.ts';
import { postgresCheck, redisCheck, vectorIndexCheck } from './checks.ts';
import type { HealthCheck } from './health.ts';
import { HealthMonitor } from './monitor.ts';

const gates = [await needs('postgres', 'redis'), await needsPgvector()];

const works = async () => {};
const fails = async () => {
  throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
};
const hangs = () => new Promise<never>(() => {});

describe('health', () => {
  it.each([
    ['all work', works, works, { status: 'ok', ready: true }],
    ['what it can do without fails', works, fails, { status: 'degraded', ready: true }],
    ['what it can do without hangs', works, hangs, { status: 'degraded', ready: true }],
    ['what it needs fails', fails, works, { status: 'unavailable', ready: false }],
    ['what it needs hangs', hangs, works, { status: 'unavailable', ready: false }],
    ['what it needs throws at once', throwsAtOnce, works, { status: 'unavailable', ready: false }],
  ])('when %s', async (_, needed, other, expected) => {
    const { monitor } = watch([check('needed', needed, true), check('other', other, false)]);
    expect(await monitor.check()).toMatchObject(expected);
  });

  it('has each latency and the code of each error, and publishes them', async () => {
    const { monitor, published } = watch([check('a', works), check('b', fails), check('c', hangs)]);
    const health = await monitor.check();
    const latency_ms = expect.any(Number);
    expect(health).toEqual({
      status: 'unavailable',
      ready: false,
      checked_at: '1970-01-01T00:00:00.000Z',
      dependencies: {
        a: { status: 'ok', latency_ms },
        b: { status: 'unavailable', latency_ms, error: 'ECONNREFUSED' },
        c: { status: 'unavailable', latency_ms, error: 'HealthTimeoutError' },
      },
    });
    const durationMs = expect.any(Number);
    expect(published).toEqual([
      { dependency: 'a', outcome: 'ok', up: 1, durationMs },
      { dependency: 'b', outcome: 'error', up: 0, durationMs, errorType: 'ECONNREFUSED' },
      { dependency: 'c', outcome: 'error', up: 0, durationMs, errorType: 'HealthTimeoutError' },
    ]);
  });

  it('is logged when it becomes good, and every time while it is bad', async () => {
    let work = works;
    const { monitor, logged } = watch([check('postgres', () => work())]);
    for (const next of [works, works, fails, fails, works, works]) {
      work = next;
      await monitor.check();
    }
    const unhealthy = ['error', 'unhealthy: no answer or a wrong one from postgres'];
    expect(logged.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'healthy'],
      unhealthy,
      unhealthy,
      ['info', 'healthy again'],
    ]);
  });

  it('does not ask again what still hangs, and sees when it answers at last', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let asked = 0;
    const { monitor } = watch([
      check('slow', () => {
        asked += 1;
        return promise;
      }),
    ]);
    for (let turn = 0; turn < 3; turn += 1) expect((await monitor.check()).status).toBe('unavailable');
    expect(asked).toBe(1);
    resolve();
    await until(async () => (await monitor.check()).status === 'ok');
    await monitor.check();
    expect(asked).toBeGreaterThan(1);
  });

  it('is only told when it is checked, not when somebody looks', async () => {
    const { monitor, published, logged } = watch([check('postgres', fails)]);
    expect((await monitor.look()).status).toBe('unavailable');
    expect([published, logged]).toEqual([[], []]);
  });

  it('is looked at once by all who ask at the same time', async () => {
    let asked = 0;
    const { monitor } = watch([check('one', async () => (asked += 1))]);
    await Promise.all([monitor.check(), monitor.look(), monitor.look()]);
    expect(asked).toBe(1);
  });

  it('tells the check that nobody waits any longer', async () => {
    let told: AbortSignal | undefined;
    const { monitor } = watch([
      check('slow', (signal) => {
        told = signal;
        return hangs();
      }),
    ]);
    await monitor.check();
    expect(told?.reason).toMatchObject({
      message: 'slow: expected an answer within 50 ms, none came',
    });
  });

  it('is looked at from the start and regularly until the signal, and then tells nothing more', async () => {
    const stop = new AbortController();
    let asked = 0;
    const { monitor, published } = watch([check('one', async () => (asked += 1))], 5);
    monitor.start(stop.signal);
    await until(() => published.length >= 3);
    stop.abort();
    await monitor.check();
    const [askedThen, publishedThen] = [asked, published.length];
    await anotherLooks(5);
    expect([asked, published.length]).toEqual([askedThen, publishedThen]);
  });

  it('is not looked at when the signal came first', async () => {
    const { monitor, published } = watch([check('one', works)], 5);
    monitor.start(AbortSignal.abort());
    await anotherLooks(5);
    expect(published).toEqual([]);
  });
});

describe.runIf(gates.every(({ runs }) => runs))(titled('health of real servers'), () => {
  it('follows them', async () => {
    await using postgres = await startPostgres();
    await using redis = await startRedis();
    const pool = new pg.Pool({ connectionString: postgres.url, connectionTimeoutMillis: 1000 });
    pool.on('error', () => {});
    const client = new Redis(redis.url, { commandTimeout: 500, maxRetriesPerRequest: 0 });
    client.on('error', () => {});
    const limit = { timeoutMs: 5000 };
    const { monitor } = watch([
      postgresCheck(pool, limit),
      redisCheck(() => client.ping(), limit),
      vectorIndexCheck(pool, limit),
    ]);
    const states = async () => {
      const { status, dependencies } = await monitor.check();
      return [
        status,
        ...Object.entries(dependencies).map(([name, it]) => `${name} ${it.error ?? it.status}`),
      ];
    };
    try {
      expect(await states()).toEqual([
        'unavailable',
        'postgres 42P01',
        'redis ok',
        'vector_index VectorIndexError',
      ]);
      await migrate(pool);
      expect(await states()).toEqual(['ok', 'postgres ok', 'redis ok', 'vector_index ok']);
      const { rows } = await pool.query("select indexname from pg_indexes where indexdef like '%(user_id%'");
      for (const { indexname } of rows) await pool.query(`drop index ${indexname}`);
      expect(await states()).toEqual([
        'degraded',
        'postgres ok',
        'redis ok',
        'vector_index VectorIndexError',
      ]);
      await migrate(pool);
      await redis.kill();
      expect((await states()).slice(0, 2)).toEqual(['degraded', 'postgres ok']);
      await postgres.kill();
      // A connection that is open may be served a little longer.
      await until(async () => (await states())[0] === 'unavailable');
    } finally {
      client.disconnect();
      await pool.end();
    }
  });

  it('sees that searches have lost their index, with pgvector and without', async () => {
    for (const start of [startPostgres, startPgvector]) {
      await using server = await start();
      const pool = new pg.Pool({ connectionString: server.url });
      pool.on('error', () => {});
      await migrate(pool);
      const { monitor } = watch([vectorIndexCheck(pool, { timeoutMs: 5000 })]);
      expect((await monitor.check()).status).toBe('ok');
      const { rows } = await pool.query(
        `select indexname from pg_indexes where tablename = 'memories' and indexdef like '%(user_id%'`,
      );
      for (const { indexname } of rows) await pool.query(`drop index ${indexname}`);
      expect((await monitor.check()).dependencies).toMatchObject({
        vector_index: { error: 'VectorIndexError' },
      });
      await pool.end();
    }
  });

  const dropByUser = 'drop index memories_by_user, memories_by_kind';
  const graph = 'using hnsw ((embedding::vector(16)) vector_ip_ops) where vector_dims(embedding) = 16';
  it.each([
    ['that of what is new of a user', startPostgres, 'drop index memories_by_embedding', true],
    [
      'all but the graph of all vectors',
      startPgvector,
      `${dropByUser}; create index on memories ${graph}`,
      true,
    ],
    [
      'all but one of a part of the memories',
      startPgvector,
      `${dropByUser}; create index on memories (user_id) where kind = 'fact'`,
      true,
    ],
    ['one of two by user', startPgvector, 'drop index memories_by_user', false],
  ])('sees whether searches have lost their index when they lost %s', async (_, start, sql, lost) => {
    await using server = await start();
    const pool = new pg.Pool({ connectionString: server.url });
    pool.on('error', () => {});
    try {
      await migrate(pool);
      await pool.query(sql);
      const { monitor } = watch([vectorIndexCheck(pool, { timeoutMs: 5000 })]);
      const { vector_index } = (await monitor.check()).dependencies;
      expect(vector_index).toMatchObject(lost ? { error: 'VectorIndexError' } : { status: 'ok' });
    } finally {
      await pool.end();
    }
  });
});

/** Names what is missing. */
function titled(title: string): string {
  return gates.reduce((named, gate) => gate.titled(named), title);
}

function throwsAtOnce(): Promise<never> {
  throw new Error('at once');
}

function check(name: string, run: HealthCheck['check'], required = true): HealthCheck {
  return { name, timeoutMs: 50, required, check: run };
}

/** Until one that was started later with the same interval has looked so often that whoever still looks has looked too. */
async function anotherLooks(everyMs: number): Promise<void> {
  const stop = new AbortController();
  const { monitor, published } = watch([check('another', works)], everyMs);
  monitor.start(stop.signal);
  await until(() => published.length >= 10);
  stop.abort();
}

function watch(checks: readonly HealthCheck[], everyMs = 60_000) {
  const published: HealthChecked[] = [];
  const logged: Record<string, unknown>[] = [];
  const log = createLogger('info', { write: (line) => logged.push(JSON.parse(line)) });
  const publish = (message: HealthChecked) => void published.push(message);
  return {
    monitor: new HealthMonitor({ checks, everyMs, log, publish, now: () => 0 }),
    published,
    logged,
  };
}
