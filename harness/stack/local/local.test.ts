import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InfrastructureError } from '../../errors.ts';
import type { ServerKind } from '../../scenario/scenario.ts';
import { findParts } from '../../setup/find-parts.ts';
import { needs } from '../../setup/fixtures/parts.ts';
import { hostOf, type Parts } from '../../setup/part.ts';
import { type ToldUndo, toldUndo } from '../../undo/fixtures/told-undo.ts';
import { startChild } from '../child.ts';
import { startContext } from '../fixtures/start-context.ts';
import { listenersAround } from '../listeners.ts';
import { postgresLogin, type Service, serviceUrl } from '../service.ts';
import { localProvider } from './local.ts';
import { postgresServer } from './postgres.ts';
import { redisServer } from './redis.ts';

let folder: string;
let undo: ToldUndo;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ordeal-local-'));
  undo = toldUndo();
});
afterEach(() => rm(folder, { recursive: true }));

const context = () => startContext(folder, undo);

const parts = await findParts(process.env);
const provider = localProvider(parts, process.env);

const kinds = ['postgres', 'redis'] as const;
const need = { postgres: await needs('postgres'), redis: await needs('redis') };
const both = await needs(...kinds);

/** Says what it is by its own protocol, and keeps what it is told. */
const use: Record<ServerKind, (service: Service) => Promise<void>> = {
  async postgres({ host, port }) {
    const client = new pg.Client({ connectionString: serviceUrl('postgres', host, port) });
    await client.connect();
    await client.query('CREATE TABLE kept (it text)');
    await client.query('INSERT INTO kept VALUES ($1)', ['ä']);
    expect((await client.query('SELECT it FROM kept')).rows).toEqual([{ it: 'ä' }]);
    const { rows } = await client.query('SELECT current_database() AS db, current_user AS "user", version()');
    expect(rows).toEqual([{ db: 'ordeal', user: 'ordeal', version: expect.stringMatching(/^PostgreSQL /) }]);
    await client.end();
  },
  async redis({ host, port }) {
    const client = new Redis(serviceUrl('redis', host, port));
    await client.set('kept', 'ä');
    expect(await client.get('kept')).toBe('ä');
    await client.quit();
  },
};

/** A process that ended but whose new parent has not asked how (Z in proc(5)) is not alive. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function expectNothingLeft(): void {
  expect(undo.pids.filter(isAlive)).toEqual([]);
  expect(undo.folders.filter((it) => existsSync(it))).toEqual([]);
}

for (const kind of kinds) {
  const { runs, titled } = need[kind];
  describe.runIf(runs)(titled(kind), () => {
    it('serves, logs into the folder, and leaves nothing behind', async () => {
      const service = await provider.start('it', { kind }, context());
      expect(service).toMatchObject({ name: 'it', kind, host: '127.0.0.1' });
      expect(service.version).toBe(`${kind === 'postgres' ? 'PostgreSQL' : 'Redis'} ${parts[kind]?.version}`);
      await use[kind](service);
      expect(await service.logTail()).toMatch(/ready to accept connections/i);
      expect(await readFile(join(folder, 'it.log'), 'utf8')).toMatch(/ready to accept connections/i);
      expect(undo.pids.filter(isAlive)).toHaveLength(1);
      expect(undo.folders.filter((it) => existsSync(it))).toHaveLength(1);
      await service[Symbol.asyncDispose]();
      expectNothingLeft();
    });

    it('stops also while a client is connected', async () => {
      const service = await provider.start('it', { kind }, context());
      const client = new pg.Client({ connectionString: serviceUrl('postgres', service.host, service.port) });
      client.on('error', () => undefined);
      if (kind === 'postgres') await client.connect();
      const redis = new Redis({
        port: service.port,
        host: service.host,
        lazyConnect: true,
        retryStrategy: () => null,
      });
      redis.on('error', () => undefined);
      if (kind === 'redis') await redis.connect();
      await service[Symbol.asyncDispose]();
      // An orderly end, not one by force after the grace has passed.
      const log = await readFile(join(folder, 'it.log'), 'utf8');
      expect(log).toMatch(kind === 'postgres' ? /database system is shut down/ : /bye bye/);
      expectNothingLeft();
      redis.disconnect();
    });

    it('listens on 127.0.0.1 only', async () => {
      await using service = await provider.start('it', { kind }, context());
      const listening = listenersAround(process.pid).filter(({ port }) => port === service.port);
      // 127.0.0.1 as proc_net(5) writes it.
      expect(listening.map(({ address }) => address)).toEqual(['0100007F']);
    });

    it('killed while it starts: the error shows how and the end of the log, and nothing is left', async () => {
      undo = toldUndo((pid) => process.kill(pid, 'SIGKILL'));
      const starting = provider.start('it', { kind }, context());
      const error = await starting.catch((it) => it);
      expect(error).toBeInstanceOf(InfrastructureError);
      expect(error.message).toMatch(
        /"it" at 127\.0\.0\.1:\d+ ended before it was ready: killed by SIGKILL\. The end of its log:/,
      );
      expectNothingLeft();
    });

    it('told to stop while it starts: nothing is left', async () => {
      const enough = new AbortController();
      undo = toldUndo(() => enough.abort(new Error('enough')));
      const { signal } = enough;
      await expect(provider.start('it', { kind }, startContext(folder, undo, { signal }))).rejects.toThrow(
        'enough',
      );
      expect(undo.pids).toHaveLength(1);
      expectNothingLeft();
    });
  });
}

it.runIf(both.runs)(both.titled('starts two stacks at once, each with what is its own'), async () => {
  // Else those that do start would outlive the test.
  expect(kinds.filter((kind) => !parts[kind]?.good)).toEqual([]);
  const services = await Promise.all(
    [...kinds, ...kinds].map((kind, n) => provider.start(`it${n}`, { kind }, context())),
  );
  expect(new Set(services.map(({ port }) => port)).size).toBe(4);
  await Promise.all(services.map((service, n) => use[kinds[n % 2]!](service)));
  await Promise.all(services.map((service) => service[Symbol.asyncDispose]()));
  expectNothingLeft();
});

it.runIf(need.postgres.runs)(
  need.postgres.titled('refuses a wrong password, as the official image does'),
  async () => {
    await using service = await provider.start('it', { kind: 'postgres' }, context());
    const client = new pg.Client({
      ...postgresLogin,
      password: 'wrong',
      host: service.host,
      port: service.port,
    });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
  },
);

for (const kind of kinds) {
  const { runs, titled } = need[kind];
  it.runIf(runs)(titled(`${kind}: is not taken in by another server that has its port`), async () => {
    await using other = await provider.start('other', { kind }, context());
    const found = parts[kind]!;
    const server = kind === 'postgres' ? postgresServer(found, hostOf(process.env)) : redisServer(found);
    await using child = await startChild({
      command: process.execPath,
      args: ['-e', 'setInterval(() => {}, 1e9)'],
      env: {},
      logFile: join(folder, 'child.log'),
      undo,
    });
    const probing = server.probe({ folder, port: other.port, ports: {} }, child);
    await expect(probing).rejects.toThrow(/answers at port/);
  });
}

describe('what it can serve', () => {
  const good = { path: '/x', version: '18.4', where: 'PATH', good: true } as const;
  const has = { ...parts, postgres: good, redis: good };
  const bad = {
    path: '/x',
    version: '5.0.7',
    where: 'PATH',
    good: false,
    problem: 'it is old',
    mend: 'get another',
  } as const;

  it.each([
    ['both', has, kinds, true, /^PostgreSQL \d.* \(.+\) and Redis \d.* as local processes$/],
    [
      'without Redis',
      { ...has, redis: undefined },
      kinds,
      false,
      /^Redis was not found \(run `npx ordeal setup`/,
    ],
    ['an old Redis', { ...has, redis: bad }, kinds, false, /^Redis: it is old \(get another\)$/],
    ['an old Redis that is not needed', { ...has, redis: bad }, ['postgres'], true, /^PostgreSQL/],
    ['programs alone', has, [], true, /^the scenario's own programs as local processes$/],
  ] as const)('%s', async (_, have, wanted, able, why) => {
    const answer = await localProvider(have as Parts, process.env).canServe(wanted);
    expect(answer).toEqual({ able, why: expect.stringMatching(why) });
  });

  it('names the part when it is started all the same', async () => {
    const without = localProvider({ ...parts, redis: undefined }, process.env);
    const start = async () => without.start('it', { kind: 'redis' }, context());
    await expect(start()).rejects.toThrow(/^Redis was not found/);
  });

  it('says why a program cannot be started', async () => {
    const gone = {
      path: join(folder, 'redis-server'),
      version: '7.0.15',
      where: 'PATH',
      good: true,
    } as const;
    const starting = localProvider({ ...parts, redis: gone }, process.env).start(
      'it',
      { kind: 'redis' },
      context(),
    );
    await expect(starting).rejects.toThrow(/^Redis "it" could not be started: .*ENOENT/);
    expectNothingLeft();
  });

  it('does without Jaeger and says so', async () => {
    const notes: string[] = [];
    const without = localProvider({ ...parts, jaeger: undefined }, process.env);
    expect(
      await without.startJaeger(startContext(folder, undo, { onNote: (note) => notes.push(note) })),
    ).toBeUndefined();
    expect(notes).toEqual([
      expect.stringMatching(/^Jaeger was not found .*setup --jaeger.*; traces stay in the run's folder$/),
    ]);
  });
});
