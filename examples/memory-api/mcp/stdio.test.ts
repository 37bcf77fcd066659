import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { readConfig } from '../config.ts';
import { openPool } from '../database.ts';
import { createLogger } from '../logger.ts';
import { migrate } from '../migrate.ts';
import { freePort, startPostgres, startRedis, type TestServer, until } from '../test-servers.ts';
import { connectStdio } from './test-client.ts';

const { runs, titled } = await needs('postgres', 'redis');

let postgres: TestServer;
let redis: TestServer;
let admin: pg.Client;
let environment: Record<string, string>;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  environment = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  const pool = openPool(readConfig(environment).database, createLogger('silent'));
  await migrate(pool);
  await pool.end();
  admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
}, 30_000);

afterAll(async () => {
  await admin?.end();
  await Promise.all([postgres, redis].map((server) => server?.[Symbol.asyncDispose]()));
});

describe.runIf(runs)(titled('the process'), () => {
  it('ends with 0 when stdin is closed, with its connections closed', async () => {
    await using server = start();
    await server.ask('initialize', handshake);
    await server.call('list_memories', { user_id: 'ada' });
    await until(async () => (await connections()) > 0);
    server.child.stdin.end();
    expect(await server.exited).toEqual([0, null]);
    await until(async () => (await connections()) === 0);
    expect(server.log().at(-1)).toMatchObject({ level: 'info', message: 'stopped' });
  });

  it('ends with 0 when stdin is closed before anything was asked', async () => {
    await using server = start();
    server.child.stdin.end();
    expect(await server.exited).toEqual([0, null]);
    expect(server.output()).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 at %s', async (signal) => {
    await using server = start();
    await server.ask('initialize', handshake);
    server.child.kill(signal);
    expect(await server.exited).toEqual([0, null]);
  });

  it('finishes what it has begun when the client disappears in the middle', async () => {
    await using server = start({ DATABASE_CONNECT_TIMEOUT_MS: '30000' });
    await server.ask('initialize', handshake);
    await using lock = await lockMemories();
    // More than there are connections, so that some have not come to the database when the client disappears.
    for (let count = 0; count < 40; count += 1) {
      server.send('tools/call', {
        name: 'create_memory',
        arguments: { user_id: 'gone', kind: 'fact', content: `Written for nobody, ${count}` },
      });
    }
    await until(async () => (await waitingForLock()) >= 10);
    server.child.stdout.destroy();
    server.child.stdin.end();
    await until(() => server.child.stdin.closed);
    await lock[Symbol.asyncDispose]();
    expect(await server.exited).toEqual([0, null]);
    const { rows } = await admin.query("select count(*)::int as count from memories where user_id = 'gone'");
    expect(rows).toEqual([{ count: 40 }]);
  });

  it('does not wait for ever: with 1 after the time it is given', async () => {
    await using server = start({ SHUTDOWN_TIMEOUT_MS: '100', REQUEST_TIMEOUT_MS: '99' });
    await server.ask('initialize', handshake);
    await using _lock = await lockMemories();
    server.send('tools/call', { name: 'create_memory', arguments: memory });
    await until(async () => (await waitingForLock()) === 1);
    server.child.stdin.end();
    expect(await server.exited).toEqual([1, null]);
    expect(server.log().at(-1)).toMatchObject({ message: 'stopping took too long' });
  });

  it('goes on after garbage on stdin, and says nothing but answers on stdout', async () => {
    await using server = start();
    const garbage = [
      'hello?',
      '{"jsonrpc":"2.0","id":1',
      '[]',
      'null',
      '{"jsonrpc":"1.0","id":1,"method":"x"}',
      '{"jsonrpc":"2.0","id":{},"method":"tools/list"}',
      '['.repeat(100_000),
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      '\0\0\0',
      '',
    ];
    for (const line of garbage) server.child.stdin.write(`${line}\n`);
    server.child.stdin.write(Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x0a]));
    await server.ask('initialize', handshake);
    for (const line of garbage) server.child.stdin.write(`${line}\n`);
    const { result } = await server.ask('tools/list', {});
    expect(result.tools).toHaveLength(6);
    expect(await server.ask('tools/frob', {})).toMatchObject({ error: { code: -32601 } });
    for (const line of server.output()) expect(line).toMatchObject({ jsonrpc: '2.0' });
    server.child.stdin.end();
    expect(await server.exited).toEqual([0, null]);
  });

  it('ends at a message that never ends', async () => {
    await using server = start();
    server.child.stdin.on('error', () => {});
    server.child.stdin.write('x'.repeat(10 * 1024 * 1024));
    expect(await server.exited).toEqual([0, null]);
    expect(server.log()).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });

  it('answers without Redis, and warns', async () => {
    await using server = await connectStdio({
      ...environment,
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    });
    const { structured } = await server.call('create_memory', { user_id: 'ada', kind: 'fact', content: 'x' });
    expect(await server.call('get_memory', { id: structured.data.id })).toMatchObject({ failed: false });
    expect(server.log()).toContain('"level":"warn"');
  });

  it('says that the database does not answer, and goes on', async () => {
    const DATABASE_URL = `postgres://postgres@127.0.0.1:${await freePort()}/postgres`;
    await using server = await connectStdio({ ...environment, DATABASE_URL }, ['--user', 'ada']);
    for (const content of ['first', 'second'])
      expect(await server.call('create_memory', { ...memory, content })).toMatchObject({
        failed: true,
        text: { error: { category: 'database', recoverable: true } },
      });
    expect((await server.client.listTools()).tools).toHaveLength(6);
  });

  it.each([
    ['settings that are wrong', 78, { DATABASE_URL: 'mysql://x' }, [], 'DATABASE_URL'],
    ['an option that is not known', 64, {}, ['--usr', 'ada'], '--usr'],
    ['a user without a name', 64, {}, ['--user'], '--user'],
    ['a user whose name is empty', 64, {}, ['--user', ''], '--user'],
  ])('names %s and ends with %i', async (_, code, more, args, named) => {
    await using server = start(more, args);
    expect(await server.exited).toEqual([code, null]);
    expect(server.log()).toMatchObject([{ level: 'fatal', message: expect.stringContaining(named) }]);
    expect(server.output()).toEqual([]);
  });
});

const memory = { user_id: 'ada', kind: 'fact', content: 'x' };

const handshake = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
};

interface Running extends AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
  send(method: string, params: object): number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  ask(method: string, params: object): Promise<any>;
  call(name: string, given: object): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  output(): any[];
  log(): Record<string, unknown>[];
}

/** The process itself, without a client: `ask` writes a line and waits for the one with the same id. */
function start(more: Record<string, string> = {}, args: readonly string[] = []): Running {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'stdio.ts'), ...args], {
    env: { ...environment, ...more },
  });
  const exited = once(child, 'close') as Running['exited'];
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  let lastId = 0;
  const running: Running = {
    child,
    exited,
    send(method, params) {
      lastId += 1;
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: lastId, method, params })}\n`);
      return lastId;
    },
    async ask(method, params) {
      const wanted = running.send(method, params);
      const answer = () => running.output().find(({ id }) => id === wanted);
      await until(() => answer() !== undefined);
      return answer();
    },
    call: (name, given) => running.ask('tools/call', { name, arguments: given }),
    output: () => lines(stdout),
    log: () => lines(stderr),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
  return running;
}

/** Whole lines only: the last may still be on its way. */
function lines(text: string) {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

async function connections(): Promise<number> {
  const { rows } = await admin.query(
    "select count(*)::int as count from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
  );
  return rows[0].count;
}

async function waitingForLock(): Promise<number> {
  const { rows } = await admin.query('select count(*)::int as count from pg_locks where not granted');
  return rows[0].count;
}

/** Nobody else reads or writes memories until it is disposed. */
async function lockMemories(): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('begin');
  await client.query('lock table memories');
  let isLocked = true;
  return {
    async [Symbol.asyncDispose]() {
      if (isLocked) await client.end();
      isLocked = false;
    },
  };
}
