import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Link } from '../../../harness/proxy/link.ts';
import { openLink } from '../../../harness/proxy/open-link.ts';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import type { CheckedPool } from '../storage/checked-pool.ts';
import { poolOf } from '../storage/test-database.ts';
import { startPostgres, type TestServer, until } from '../test-servers.ts';
import type { Transition } from './breaker.ts';
import { type CallDone, defaultGuardOptions, type GuardOptions } from './call-guard.ts';
import { Deadline } from './deadline.ts';
import { GuardedPool } from './guarded-pool.ts';

const { runs, titled } = await needs('postgres');

const { retry, breaker } = defaultGuardOptions;
/** Pauses that a test can wait for. */
const quick: GuardOptions = {
  ...{ deadlineMs: 60_000, tryTimeoutMs: 60_000, breaker },
  retry: { ...retry, basePauseMs: 2 },
};

/* Statements that fail as often as a sequence says, as a server would have it. */
const failing = `
  create sequence asked;
  create table written (n bigint);
  create function fail(code text, times int) returns bigint language plpgsql as $$
    declare n bigint := nextval('asked');
    begin
      if n <= times then raise exception 'on purpose' using errcode = code; end if;
      return n;
    end $$`;

let server: TestServer;
let link: Link;
let direct: CheckedPool;

beforeAll(async () => {
  if (!runs) return;
  server = await startPostgres();
  const { hostname: host, port } = new URL(server.url);
  link = await openLink({
    ...{ name: 'postgres', protocol: 'opaque', upstream: { host, port: Number(port) }, seed: 1 },
  });
  direct = poolOf(server, { poolSize: 2 });
  await direct.query(failing);
});

afterAll(async () => {
  await direct?.end();
  await link?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  if (!runs) return;
  await link.heal();
  await direct.query("select setval('asked', 1, false)");
  await direct.query('truncate written');
});

const asked = async () => {
  const { rows } = await direct.query(
    'select case when is_called then last_value else 0 end::int as n from asked',
  );
  return rows[0].n;
};
const read = (code: string, times = 99) => `select fail('${code}', ${times})`;
const write = (code: string, times = 99) => `insert into written select fail('${code}', ${times})`;

describe.runIf(runs)(titled('a statement'), () => {
  it.each([
    ['a read that meets a deadlock', read('40P01', 1), 2, true],
    ['a read that cannot be serialised', read('40001', 2), 3, true],
    ['a read while the server stops', read('57P01', 1), 2, true],
    ['a read without a connection to be had', read('53300', 1), 2, true],
    ['a read that goes on failing', read('40001'), 3, false],
    ['a read of what is not there', read('42P01', 1), 1, false],
    ['a read that took too long', read('57014', 1), 1, false],
    ['a write that surely did not happen', write('40001', 1), 2, true],
    ['a write that may have happened', write('57P01', 1), 1, false],
    ['a write while the connection broke', write('08006', 1), 1, false],
    ['a write that is refused', write('23505', 1), 1, false],
  ])('%s', async (_what, sql, tries, works) => {
    await using it = guarded(quick);
    const outcome = await it.pool.query(sql).then(
      () => true,
      () => false,
    );
    expect([outcome, await asked(), it.done.map((call) => call.tries)]).toEqual([works, tries, [tries]]);
  });

  it.each(['select 1', 'insert into written values (1)'])(
    'is made again when it was never sent: %s',
    async (sql) => {
      await using it = guarded({ ...quick, retry: { ...quick.retry, attempts: 10, basePauseMs: 50 } });
      await link.refuse();
      const answer = it.pool.query(sql);
      await until(() => it.seen.asked > 1);
      await link.heal();
      await answer;
      expect(it.done).toMatchObject([{ outcome: 'ok' }]);
    },
  );

  it('that writes is made once when the connection breaks in the middle, one that reads again', async () => {
    for (const [sql, tries] of [
      ['insert into written select 1 from pg_sleep(0.5)', 1],
      ['select pg_sleep(0.5)', 2],
    ] as const) {
      await using it = guarded({ ...quick, retry: { ...retry, basePauseMs: 200 } });
      const answer = it.pool.query(sql).catch(() => {});
      await until(async () => (await working('pg_sleep(0.5)')) === 1);
      await link.cut();
      await link.heal();
      await answer;
      expect(it.done.at(-1)).toMatchObject({ tries });
    }
  });

  it('asked for only once is made only once', async () => {
    await using it = guarded(quick);
    await expect(it.pool.look(read('40P01', 1))).rejects.toMatchObject({ code: '40P01' });
    expect(await asked()).toBe(1);
  });

  it('leaves its connection in use when only the statement failed', async () => {
    await using it = guarded(quick);
    await expect(it.pool.query('select nowhere')).rejects.toMatchObject({ code: '42703' });
    await it.pool.query('select 1');
    expect(it.seen.opened).toBe(1);
  });
});

describe.runIf(runs)(titled('the time of a request'), () => {
  const sleep = 'select pg_sleep(30)';
  it.each<[string, (pool: GuardedPool) => Promise<unknown>, number]>([
    ['the wait for a connection', (pool) => pool.query('select 1'), 1],
    ['a statement', (pool) => pool.query(sleep), 2],
    ['work on a connection', (pool) => pool.read((client) => client.query(sleep)), 2],
  ])('ends %s', async (_what, ask, poolSize) => {
    await using it = guarded(quick, { poolSize, overflowSize: 0 });
    const busy = await it.connections.connect();
    try {
      using deadline = new Deadline(300);
      const answer = it.deadlines.run(deadline, () => ask(it.pool));
      await expect(answer).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    } finally {
      busy.release();
    }
    await direct.query(
      "select pg_cancel_backend(pid) from pg_stat_activity where query = 'select pg_sleep(30)'",
    );
  });

  it('keeps what nobody waits for any more from being sent', async () => {
    await using it = guarded(quick, { poolSize: 1, overflowSize: 0 });
    const busy = await it.connections.connect();
    using deadline = new Deadline(50);
    const answer = it.deadlines.run(deadline, () => it.pool.query('insert into written values (1)'));
    await expect(answer).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    busy.release();
    // Whoever comes after it waits in the same line.
    await it.pool.query('select 1');
    expect((await direct.query('select from written')).rows).toEqual([]);
  });

  it('that is over lets nothing begin, and says nothing of PostgreSQL', async () => {
    await using it = guarded({ ...quick, breaker: { ...breaker, failures: 1 } });
    using deadline = new Deadline(0);
    await until(() => deadline.remainingMs() === 0);
    const answer = it.deadlines.run(deadline, () => it.pool.query('select 1'));
    await expect(answer).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect([it.pool.state, it.seen.asked]).toEqual(['closed', 0]);
  });

  it('lets no retry begin that would be too late', async () => {
    await using it = guarded({
      ...quick,
      retry: { ...retry, basePauseMs: 3_600_000, longestPauseMs: 3_600_000 },
    });
    using deadline = new Deadline(30_000);
    await expect(it.deadlines.run(deadline, () => it.pool.query(read('40001')))).rejects.toMatchObject({
      code: '40001',
    });
    expect(await asked()).toBe(1);
  });
});

describe.runIf(runs)(titled('the breaker before PostgreSQL'), () => {
  it('opens when it is down, asks nothing while open, and finds out when it is back', async () => {
    const options = { ...quick, retry: { ...retry, attempts: 1 }, breaker: { ...breaker, resetMs: 100 } };
    await using it = guarded(options);
    await link.refuse();
    for (let call = 0; call < 5; call += 1)
      await expect(it.pool.query('select 1')).rejects.not.toMatchObject({ code: 'CIRCUIT_BREAKER_OPEN' });
    await expect(it.pool.query('select 1')).rejects.toMatchObject({ code: 'CIRCUIT_BREAKER_OPEN' });
    expect(it.done.at(-1)).toMatchObject({ tries: 0 });
    await link.heal();
    await until(() => it.pool.query('select 1'));
    expect(it.transitions.at(0)).toEqual({ dependency: 'postgres', from: 'closed', to: 'open' });
    expect(it.transitions.at(-1)).toEqual({ dependency: 'postgres', from: 'half-open', to: 'closed' });
  });

  it.each([
    ['a missing table', read('42P01')],
    ['a duplicate', write('23505')],
    ['a value that cannot be stored', read('22001')],
    ['a deadlock', write('40P01')],
  ])('does not count %s', async (_what, sql) => {
    await using it = guarded({ ...quick, retry: { ...retry, attempts: 1 } });
    for (let call = 0; call < 8; call += 1) await it.pool.query(sql).catch(() => {});
    expect([it.pool.state, await asked()]).toEqual(['closed', 8]);
  });

  it.each([
    ['statements that take too long', read('57014')],
    ['a server that stops', read('57P01')],
    ['a full disk', write('53100')],
  ])('counts %s', async (_what, sql) => {
    await using it = guarded({ ...quick, retry: { ...retry, attempts: 1 } });
    for (let call = 0; call < 5; call += 1) await it.pool.query(sql).catch(() => {});
    expect(it.pool.state).toBe('open');
  });
});

/** How many statements with this in them are at work. */
async function working(text: string): Promise<number> {
  const { rows } = await direct.query(
    `select count(*)::int as n from pg_stat_activity
     where state = 'active' and pid <> pg_backend_pid() and position($1 in query) > 0`,
    [text],
  );
  return rows[0].n;
}

/** Through the link, without its neighbours. */
function guarded(options: GuardOptions, limits: { poolSize?: number; overflowSize?: number } = {}) {
  const url = new URL(server.url);
  url.host = `${link.host}:${link.port}`;
  const pool = poolOf(server, { url: url.href, poolSize: 2, ...limits });
  const seen = { asked: 0, opened: 0 };
  pool.on('connect', () => (seen.opened += 1));
  const counting = {
    connect: () => {
      seen.asked += 1;
      return pool.connect();
    },
  };
  const deadlines = new AsyncLocalStorage<Deadline>();
  const done: CallDone[] = [];
  const transitions: Transition[] = [];
  const listener = {
    onDone: (call: CallDone) => void done.push(call),
    onTransition: (change: Transition) => void transitions.push(change),
  };
  return {
    pool: new GuardedPool(options, { pool: counting, deadlines, listener }),
    ...{ connections: counting, deadlines, done, transitions, seen },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
