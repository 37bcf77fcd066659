import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { seedId } from './seed.ts';
import { startScript, startService, type TestService } from './test-process.ts';
import { freePort, startPostgres, startRedis, type TestServer, until } from './test-servers.ts';

const { runs, titled } = await needs('postgres', 'redis');

let postgres: TestServer;
let redis: TestServer;
let admin: pg.Client;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await using migrated = startScript('migrate.ts', { DATABASE_URL: postgres.url });
  expect(await migrated.exited).toEqual([0, null]);
}, 30_000);

afterAll(async () => {
  await admin?.end();
  await Promise.all([postgres, redis].map((server) => server?.[Symbol.asyncDispose]()));
});

describe.runIf(runs)(titled('the process'), () => {
  it('names everything that is wrong with its settings, and ends with 78', async () => {
    await using service = startScript('server.ts', {
      DATABASE_URL: 'mysql://x',
      PORT: 'http',
      CACHE_ENABLED: 'perhaps',
      EMBEDDINGS_API_KEY: 'two words',
      TRUST_PROXY: 'somebody',
    });
    expect(await service.exited).toEqual([78, null]);
    const line = JSON.parse(service.output());
    expect(line.level).toBe('fatal');
    const wrong = ['DATABASE_URL', 'PORT', 'CACHE_ENABLED', 'EMBEDDINGS_API_KEY', 'TRUST_PROXY'];
    for (const name of wrong) expect(line.message).toContain(name);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes what is in flight at %s, then ends with 0',
    async (signal) => {
      await using service = await serve({ REDIS_URL: redis.url });
      await using lock = await lockMemories();
      const list = fetch(`${service.url}/api/v1/memories?user_id=ada`);
      const create = fetch(`${service.url}/api/v1/memories`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user_id: 'ada', kind: 'fact', content: 'written while stopping' }),
      });
      await until(async () => (await waitingForLock()) === 2);
      service.kill(signal);
      await until(() => refused(service.url));
      await lock[Symbol.asyncDispose]();

      expect((await list).status).toBe(200);
      expect((await create).status).toBe(201);
      expect(await service.exited).toEqual([0, null]);
      expect(service.output()).toContain('"message":"stopped"');
    },
  );

  it('does not wait for ever for what is in flight: ends with 1 after SHUTDOWN_TIMEOUT_MS', async () => {
    await using service = await serve({
      REDIS_URL: redis.url,
      SHUTDOWN_TIMEOUT_MS: '2001',
      REQUEST_TIMEOUT_MS: '2000',
      // PostgreSQL holds what it was asked for much longer than the test may take.
      DATABASE_STATEMENT_TIMEOUT_MS: '3600000',
    });
    await using _lock = await lockMemories();
    // Given up in its own time, while PostgreSQL goes on with it.
    const list = fetch(`${service.url}/api/v1/memories?user_id=ada`).catch(() => {});
    await until(async () => (await waitingForLock()) === 1);
    service.kill('SIGTERM');
    expect(await service.exited).toEqual([1, null]);
    await list;
    const last = service.output().trimEnd().split('\n').at(-1)!;
    expect(JSON.parse(last)).toMatchObject({
      ...{ level: 'error', message: 'stopping took too long', timeout_ms: 2001 },
    });
  });

  it('starts, serves and stops without Redis', async () => {
    await using service = await serve({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    const list = await fetch(`${service.url}/api/v1/memories?user_id=ada`);
    expect(list.status).toBe(200);
    const ready = await fetch(`${service.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      data: { dependencies: { redis: { status: 'unavailable' } } },
    });
    service.kill('SIGTERM');
    expect(await service.exited).toEqual([0, null]);
  });

  it('starts without PostgreSQL, and says that it is not ready', async () => {
    await using service = await serve({
      DATABASE_URL: `postgres://postgres@127.0.0.1:${await freePort()}/postgres`,
      REDIS_URL: redis.url,
    });
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(503);
    service.kill('SIGTERM');
    expect(await service.exited).toEqual([0, null]);
  });

  it('starts before it knows whether PostgreSQL answers, however long it may take to', async () => {
    await using silent = await listenSilently();
    // Longer than Fastify lets a start take.
    await using service = await serve({
      DATABASE_URL: silent.url,
      DATABASE_CONNECT_TIMEOUT_MS: '15000',
      REDIS_URL: redis.url,
    });
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
  }, 30_000);

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 at %s also while it starts', async (signal) => {
    await using silent = await listenSilently();
    const settings = { DATABASE_URL: silent.url, REDIS_URL: redis.url, AUTH_ENABLED: 'false', PORT: '0' };
    await using service = startScript('server.ts', settings);
    await silent.asked;
    expect(service.output()).not.toContain('listening at');
    service.kill(signal);
    expect(await service.exited).toEqual([0, null]);
    expect(service.output()).toContain('"message":"stopped"');
  });

  it('seeds from the command line, and again', async () => {
    for (let turn = 0; turn < 2; turn += 1) {
      await using seeded = startScript('seed.ts', { DATABASE_URL: postgres.url, SEED_COUNT: '60' });
      expect(await seeded.exited).toEqual([0, null]);
    }
    const { rows } = await admin.query("select count(*)::int from memories where id::text like '00000000%'");
    expect(rows).toEqual([{ count: 60 }]);
  });

  it('seeds with --if-empty a database without memories, and changes none in another', async () => {
    await using fresh = await startPostgres();
    const client = new pg.Client({ connectionString: fresh.url });
    // The server may end before it when an expectation fails.
    client.on('error', () => {});
    const seed = async () => {
      await using seeded = startScript(
        'seed.ts',
        { DATABASE_URL: fresh.url, SEED_COUNT: '60', CACHE_ENABLED: 'false' },
        ['--if-empty'],
      );
      expect(await seeded.exited).toEqual([0, null]);
      return seeded.output();
    };
    expect(await seed()).toContain('"message":"memories seeded"');
    await client.connect();
    await client.query('delete from memories where id = $1', [seedId(1)]);
    await client.query("update memories set content = 'changed' where id = $1", [seedId(2)]);
    expect(await seed()).toContain('"message":"there are memories: none seeded"');
    const { rows } = await client.query('select count(*)::int from memories');
    const { rows: changed } = await client.query("select id from memories where content = 'changed'");
    await client.end();
    expect(rows).toEqual([{ count: 59 }]);
    expect(changed).toEqual([{ id: seedId(2) }]);
  }, 30_000);

  it.each([['--if-emtpy'], ['now']])('does not seed what it does not understand: %s', async (argument) => {
    await using seeded = startScript('seed.ts', { DATABASE_URL: postgres.url }, [argument]);
    expect(await seeded.exited).toEqual([64, null]);
    expect(JSON.parse(seeded.output())).toMatchObject({
      level: 'fatal',
      message: expect.stringContaining('expected: node seed.ts [--if-empty]'),
    });
  });
});

/** Takes connections and says nothing on them, as a server behind a firewall that drops packets. */
async function listenSilently(): Promise<AsyncDisposable & { url: string; asked: Promise<unknown> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => {})));
  const asked = once(server, 'connection');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Without keys, over the servers of this file unless the settings say otherwise. */
function serve(settings: Record<string, string>): Promise<TestService> {
  return startService({ DATABASE_URL: postgres.url, AUTH_ENABLED: 'false', ...settings });
}

/** Whoever wants a memory waits until it is disposed. */
async function lockMemories(): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('begin; lock table memories in access exclusive mode');
  let ended: Promise<void> | undefined;
  return { [Symbol.asyncDispose]: () => (ended ??= client.end()) };
}

async function waitingForLock(): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    // What the service asks by itself waits too, now and then.
    `select count(*)::int from pg_stat_activity
     where wait_event_type = 'Lock' and query ~ '^(insert into memories|select count)'`,
  );
  return rows[0]!.count;
}

function refused(url: string): Promise<boolean> {
  return fetch(`${url}/health/live`).then(
    () => false,
    (error) => error.cause?.code === 'ECONNREFUSED',
  );
}
