import { once } from 'node:events';
import { createServer } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { startPostgres, type TestServer, until } from '../test-servers.ts';
import type { CheckedPool } from './checked-pool.ts';
import { poolOf } from './test-database.ts';

const { runs, titled } = await needs('postgres');

describe.runIf(runs)(titled('the pool'), () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  function open(options: Parameters<typeof poolOf>[1] = {}): CheckedPool {
    const pool = poolOf(server, options);
    onTestFinished(() => pool.end());
    return pool;
  }

  const pidOf = async (of: CheckedPool | pg.PoolClient) =>
    (await of.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;

  const named = (application: string) => `${server.url}?application_name=${application}`;

  /** Of the connections that say so: seen by the server, so that none is used for it. */
  async function pidsOf(application: string): Promise<number[]> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const { rows } = await client.query<{ pid: number }>(
      'select pid from pg_stat_activity where application_name = $1',
      [application],
    );
    await client.end();
    return rows.map(({ pid }) => pid);
  }

  /** Not through the pool, and in one go, so that the pool cannot notice before it is asked. */
  async function endBackend(pid: number): Promise<void> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query('select pg_terminate_backend($1, 5000)', [pid]);
    await client.end();
  }

  it('opens 10, then 20 more one by one while requests wait, then lets them wait, and goes back to 10', async () => {
    const pool = open({ overflowIdleMs: 50, overflowAfterMs: 5 });
    const taken = await Promise.all(Array.from({ length: 10 }, () => pool.connect()));
    expect(pool.status()).toEqual({ size: 10, out: 10, in: 0, waiting: 0, overflow: 0, invalidated: 0 });
    const asked = Array.from({ length: 22 }, () => pool.connect());
    expect(pool.status()).toMatchObject({ size: 10, waiting: 22 });
    taken.push(...(await Promise.all(asked.slice(0, 20))));
    expect(pool.status()).toEqual({ size: 30, out: 30, in: 0, waiting: 2, overflow: 20, invalidated: 0 });
    for (const client of taken) client.release();
    for (const client of await Promise.all(asked.slice(20))) client.release();
    await until(() => pool.totalCount === 10);
    expect(pool.status()).toEqual({ size: 10, out: 0, in: 10, waiting: 0, overflow: 0, invalidated: 0 });
    for (const again of await Promise.all(Array.from({ length: 11 }, () => pool.connect()))) again.release();
  });

  it('opens none for a crowd that is soon served', async () => {
    const pool = open({ poolSize: 2, overflowAfterMs: 60_000 });
    await Promise.all(Array.from({ length: 100 }, () => pool.query('select 1')));
    expect(pool.status()).toEqual({ size: 2, out: 0, in: 2, waiting: 0, overflow: 0, invalidated: 0 });
  });

  it('opens what it keeps before anybody asks, once, and not more', async () => {
    const pool = open({ poolSize: 4 });
    const kept = { size: 4, out: 0, in: 4, waiting: 0, overflow: 0, invalidated: 0 };
    for (const _ of ['once', 'again']) {
      await pool.fill();
      expect(pool.status()).toEqual(kept);
    }
    await Promise.all([1, 2, 3, 4].map(() => pool.query('select 1')));
    expect(pool.status()).toEqual(kept);
  });

  it('opens anew what it has filled itself with and has become old, while nobody asks', async () => {
    const pool = open({ poolSize: 3, recycleAfterS: 1, overflowAfterMs: 5, url: named('refilled') });
    await pool.fill();
    const first = await pidsOf('refilled');
    expect(first).toHaveLength(3);
    await until(async () => {
      const now = await pidsOf('refilled');
      return now.length === 3 && !now.some((pid) => first.includes(pid));
    });
    expect(pool.status()).toMatchObject({ out: 0, waiting: 0, overflow: 0, invalidated: 0 });
  });

  it('opens what is missing beside what is free, and not by taking that', async () => {
    const pool = open({ poolSize: 3, overflowAfterMs: 5 });
    await pool.fill();
    const [one, other] = await Promise.all([pool.connect(), pool.connect()]);
    for (const client of [one, other]) client.release(true);
    await until(() => pool.idleCount === 3);
    expect(pool.status()).toMatchObject({ size: 3, in: 3 });
  });

  it('leaves a server alone that is away: no more tries than were ended', async () => {
    await using mortal = await startPostgres();
    const pool = open({ poolSize: 3, overflowAfterMs: 1, url: mortal.url });
    await pool.fill();
    let tries = 0;
    const openOne = pool.newClient;
    Object.assign(pool, {
      newClient(this: CheckedPool, ...given: Parameters<typeof openOne>) {
        tries += 1;
        openOne.apply(this, given);
      },
    });
    await mortal.kill();
    await until(() => tries > 0 && pool.totalCount === 0);
    // Time enough for as many as these, had it gone on.
    for (let others = 0; others < 100; others += 1) {
      const client = new pg.Client({ connectionString: mortal.url });
      await expect(client.connect()).rejects.toThrow('ECONNREFUSED');
    }
    expect(tries).toBeLessThanOrEqual(3);
  });

  it('can be ended while it opens', async () => {
    const pool = poolOf(server);
    const filling = pool.fill();
    await pool.end();
    await filling;
    expect(pool.status()).toMatchObject({ size: 0 });
  });

  it('opens nothing while the server is away, and says nothing of it', async () => {
    const pool = open({ url: 'postgres://127.0.0.1:1/none' });
    await pool.fill();
    expect(pool.status()).toMatchObject({ size: 0, waiting: 0 });
  });

  it('lets a request wait for as long as it is told', async () => {
    const pool = open({ poolSize: 1, overflowSize: 0, acquireTimeoutMs: 100 });
    const client = await pool.connect();
    await expect(pool.query('select 1')).rejects.toThrow('timeout exceeded');
    client.release();
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('has the limits by default', async () => {
    const { options } = open();
    expect(options).toMatchObject({ min: 10, connectionTimeoutMillis: 30_000, maxLifetimeSeconds: 3600 });
  });

  it('replaces a connection that is old enough', async () => {
    const pool = open({ recycleAfterS: 1 });
    const first = await pidOf(pool);
    await until(async () => (await pidOf(pool)) !== first);
    expect(pool.status()).toMatchObject({ size: 1, invalidated: 0 });
  });

  it('hands out no connection that the server has ended, and no request notices', async () => {
    const pool = open();
    const clients = await Promise.all([1, 2, 3].map(() => pool.connect()));
    const pids = await Promise.all(clients.map((client) => pidOf(client)));
    for (const client of clients) client.release();
    for (const pid of pids) await endBackend(pid);
    const rows = await Promise.all([1, 2, 3, 4].map(() => pidOf(pool)));
    for (const pid of rows) expect(pids).not.toContain(pid);
    expect(pool.status()).toMatchObject({ waiting: 0, out: 0, invalidated: 3 });
  });

  it('hands out no connection that hangs, as after a firewall has forgotten it', async () => {
    let frozen = false;
    const sockets = new Set<import('node:net').Socket>();
    const upstream = Number(new URL(server.url).port);
    const proxy = createServer((socket) => {
      const { connect } = process.getBuiltinModule('node:net');
      const other = connect(upstream, '127.0.0.1');
      const isOld = { now: false };
      for (const one of [socket, other]) sockets.add(one.on('error', () => {}));
      socket.on('data', (data) => {
        if (frozen && isOld.now) return;
        other.write(data);
      });
      other.on('data', (data) => {
        isOld.now = true;
        socket.write(data);
      });
      // One that is opened while the others are frozen works.
      if (frozen) {
        socket.removeAllListeners('data').on('data', (data) => other.write(data));
      }
      socket.on('close', () => other.destroy());
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    });
    const url = new URL(server.url);
    url.port = String((proxy.address() as { port: number }).port);
    const pool = open({ url: url.href, connectTimeoutMs: 300 });
    const first = await pidOf(pool);
    frozen = true;
    expect(await pidOf(pool)).not.toBe(first);
    expect(pool.status()).toMatchObject({ size: 1, invalidated: 1 });
  });

  it('waits for one that hangs, and not for each of ten', async () => {
    // One after the other they would take twice as long as anybody waits.
    const pool = open({ connectTimeoutMs: 1000, acquireTimeoutMs: 5000 });
    const clients = await Promise.all(Array.from({ length: 10 }, () => pool.connect()));
    const pids = await Promise.all(clients.map((client) => pidOf(client)));
    for (const client of clients) client.release();
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    onTestFinished(() => {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    });
    expect(pids).not.toContain(await pidOf(pool));
    expect(pool.status()).toMatchObject({ size: 1, invalidated: 10 });
  });

  it('hands out none that hangs of those that it opened before anybody asked', async () => {
    const pool = open({ poolSize: 2, connectTimeoutMs: 300, url: named('filled') });
    await pool.fill();
    const pids = await pidsOf('filled');
    expect(pids).toHaveLength(2);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    onTestFinished(() => {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    });
    expect(pids).not.toContain(await pidOf(pool));
    expect(pool.status()).toMatchObject({ invalidated: 2 });
  });

  it('checks without a statement, so that nothing is counted at the server', async () => {
    const pool = open();
    await pool.query('select 1 as before_the_check');
    const before = (await server.log()).length;
    for (let checks = 0; checks < 5; checks += 1) (await pool.connect()).release();
    await pool.query('select 1 as after_the_check');
    const log = (await server.log()).slice(before);
    expect(log.match(/LOG: +(statement|execute)/g)).toHaveLength(1);
  });

  it('goes on after a transaction that failed', async () => {
    const pool = open({ poolSize: 1, overflowSize: 0 });
    const client = await pool.connect();
    await client.query('begin');
    await expect(client.query('select 1 / 0')).rejects.toThrow('division by zero');
    client.release();
    const again = await pool.connect();
    await again.query('rollback');
    again.release();
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});
