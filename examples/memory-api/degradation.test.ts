import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { says } from './embeddings/test-provider.ts';
import { type Answer, type Ask, askHttp } from './http/test-http.ts';
import { type Dependency, dependencies, embeds, startAround, type TestAround } from './test-around.ts';
import { startService, type TestService } from './test-process.ts';
import { until } from './test-servers.ts';

/* The table of README.md, cell by cell: what it says is what callers of the real process get. */

const { runs, titled } = await needs('postgres', 'redis');
const api = '/api/v1/memories';
/** The request's deadline, and what a busy machine may add. */
const requestTimeoutMs = 3000;
const graceMs = 5000;

const table = readTable(join(import.meta.dirname, 'README.md'));
const [, , ...requests] = table.header;

let around: TestAround;
let service: TestService;

beforeAll(async () => {
  if (!runs) return;
  around = await startAround();
  service = await startService({
    ...around.settings,
    REQUEST_TIMEOUT_MS: `${requestTimeoutMs}`,
    DATABASE_CONNECT_TIMEOUT_MS: '500',
    DATABASE_STATEMENT_TIMEOUT_MS: '1500',
    EMBEDDINGS_TRY_TIMEOUT_MS: '400',
    EMBEDDINGS_DEADLINE_MS: '800',
    RETRY_ATTEMPTS: '2',
    RETRY_BASE_MS: '10',
    BREAKER_RESET_MS: '100',
    PENDING_PAUSE_MS: '50',
  });
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await around?.[Symbol.asyncDispose]();
});

/** A fault, until it is healed. `during` asks while it happens; most faults are just there. */
interface Fault {
  start(): Promise<unknown>;
  heal(): Promise<unknown>;
  during?(ask: () => Promise<Answer>): Promise<Answer>;
}

const slowMs: Record<Dependency, number> = { PostgreSQL: 100, Redis: 400, embeddings: 600 };

function faultOf(dependency: Dependency, name: string): Fault {
  const link = around.links[dependency];
  const heal = () => link.heal();
  switch (name) {
    case 'refuses connections':
      return { start: () => link.refuse(), heal };
    case 'says nothing':
      return { start: () => link.hold(), heal };
    case `takes ${slowMs[dependency]} ms for each answer`:
      return { start: () => link.delay(slowMs[dependency], 0), heal };
    case 'is cut off in the middle':
      return { start: async () => {}, heal, during: (ask) => cutDuring(dependency, ask) };
    case 'answers errors':
      return errorsOf(dependency);
    case 'answers nonsense':
      return providerThat(says(200, 'tea?'));
    default:
      throw new Error(`README.md: no test knows the fault "${dependency} ${name}"; add it here`);
  }
}

/** Real errors of the real servers: no such table, no permission. */
function errorsOf(dependency: Dependency): Fault {
  if (dependency === 'embeddings') return providerThat(says(500));
  if (dependency === 'PostgreSQL')
    return {
      start: () => around.pool.query('alter table memories rename to memories_away'),
      heal: () => around.pool.query('alter table memories_away rename to memories'),
    };
  return {
    start: () => tellRedis('ACL', 'SETUSER', 'default', '-@all', '+acl'),
    heal: () => tellRedis('ACL', 'SETUSER', 'default', '+@all'),
  };
}

function providerThat(behaviour: Parameters<TestAround['provider']['behaves']>[0]): Fault {
  return {
    start: async () => around.provider.behaves(behaviour),
    heal: async () => around.provider.behaves(embeds),
  };
}

async function tellRedis(command: string, ...args: string[]): Promise<void> {
  const redis = new Redis(around.redisUrl, { enableReadyCheck: false });
  try {
    await redis.call(command, ...args);
  } finally {
    redis.disconnect();
  }
}

/** The dependency has what it was asked, and the answer is on its way when every connection is reset. */
async function cutDuring(dependency: Dependency, ask: () => Promise<Answer>): Promise<Answer> {
  const link = around.links[dependency];
  await link.delay(requestTimeoutMs, 0);
  link.take();
  let isAnswered = false;
  const answer = ask().finally(() => (isAnswered = true));
  await until(() => isAnswered || link.take().bytesToDependency > 0);
  await link.cut();
  return answer;
}

/** Undefined: there is no such memory. */
async function stored(id: string): Promise<string | undefined> {
  const { rows } = await around.pool.query('select content from memories where id = $1', [id]);
  return rows[0]?.content;
}

/** What stands in a cell, such as `200, by words` or `503`. */
function expectCell(cell: string, { status, body }: Answer): void {
  expect(`${status} ${JSON.stringify(body?.error ?? '')}`).toMatch(new RegExp(`^${cell.slice(0, 3)}`));
  if (status !== 503) return;
  const { category, recoverable, error_code } = body.error;
  expect(recoverable).toBe(true);
  const right = [
    'database DATABASE_UNAVAILABLE',
    'database CIRCUIT_BREAKER_OPEN',
    'network DEADLINE_EXCEEDED',
  ];
  expect(right).toContain(`${category} ${error_code}`);
}

describe.runIf(runs)(titled('the table of README.md'), () => {
  it('has each kind of fault for each dependency', () => {
    const kinds = [/refuses/, /nothing/, /takes \d+ ms/, /errors/, /cut/];
    for (const dependency of dependencies) {
      const faults = table.rows.filter(([name]) => name === dependency).map(([, fault]) => fault);
      for (const kind of kinds) expect(faults, dependency).toContainEqual(expect.stringMatching(kind));
    }
  });

  describe.each(table.rows)('%s %s', (dependency, faultName, ...cells) => {
    // Nobody has asked for the embeddings of these texts before.
    const word = randomUUID().slice(0, 8);
    const user = `user-${word}`;
    const created = {
      id: randomUUID(),
      user_id: user,
      kind: 'fact',
      content: `the garden needs water ${word}`,
    };
    const changed = `the keeper swims ${word}`;
    let key: string;
    let fault: Fault;
    let kept: { id: string; content: string };
    let other: { id: string };
    let unwanted: { id: string };
    const answers = new Map<string, Answer>();

    const ask = (path: string, given: Ask = {}) => askHttp(service.url + path, { key, ...given });
    const search = (query: string) => ask(`${api}/search`, { body: { user_id: user, query, limit: 1 } });
    const write = () => ask(api, { body: created });

    beforeAll(async () => {
      // Known from now on for 30 s, so that the fault meets only what it is asked about.
      key = await around.issue(user);
      const remember = async (content: string) =>
        (await ask(api, { body: { user_id: user, kind: 'fact', content } })).body.data;
      kept = await remember('the lighthouse keeper plays chess');
      other = await remember('a kettle of tea');
      unwanted = await remember('an umbrella in the hall');
      // Whose it is, is known: the fault meets the statement that deletes it.
      await ask(`${api}/${unwanted.id}`);
      for (let turn = 0; turn < 2; turn += 1) await ask(`${api}/${kept.id}`);
      await until(async () => (await search('kettle')).body.degraded === false);
      fault = faultOf(dependency as Dependency, faultName!);
      await fault.start();
    });

    const requestTo: Record<string, () => Promise<Answer>> = {
      'read, in the cache': () => ask(`${api}/${kept.id}`),
      read: () => ask(`${api}/${other.id}`),
      list: () => ask(`${api}?user_id=${user}`),
      search: () => search(`lighthouse chess ${word}`),
      create: write,
      update: () => ask(`${api}/${kept.id}`, { method: 'PATCH', body: { content: changed } }),
      delete: () => ask(`${api}/${unwanted.id}`, { method: 'DELETE' }),
    };

    const isRight: Record<string, (body: Answer['body'], cell: string) => Promise<void> | void> = {
      'read, in the cache': ({ data }) => expect(data).toEqual(kept),
      read: ({ data }) => expect(data).toEqual(other),
      list: ({ data, pagination }) => {
        expect(data).toEqual([unwanted, other, kept]);
        expect(pagination.total).toBe(3);
      },
      search: ({ data, degraded }, cell) => {
        expect([data.length, data[0].id, degraded]).toEqual([1, kept.id, cell.includes('by words')]);
      },
      create: ({ data }) => expect(data).toMatchObject(created),
      update: ({ data }) => expect(data).toEqual({ ...kept, content: changed }),
      // Whoever asks now is told so, whatever the cache had.
      delete: async () => expect((await ask(`${api}/${unwanted.id}`)).status).toBe(404),
    };

    it.each(requests.map((name, at) => [name, cells[at]!]))('%s: %s', async (name, cell) => {
      const startedAtMs = performance.now();
      const request = requestTo[name!]!;
      const answer = await (fault.during ? fault.during(request) : request());
      answers.set(name!, answer);
      expectCell(cell!, answer);
      expect(performance.now() - startedAtMs).toBeLessThan(requestTimeoutMs + graceMs);
      if (answer.status < 300) await isRight[name!]!(answer.body, cell!);
    });

    it('afterwards everything is as it was answered, and found by meaning', async () => {
      await fault.heal();
      await until(async () => {
        const { dependencies } = (await ask('/health/ready')).body.data;
        return dependencies.postgres.status === 'ok' && dependencies.redis.status === 'ok';
      }, 20_000);
      // Whoever does not know whether a create was done sends it again.
      if (answers.get('create')?.status !== 201) expect((await write()).status).toBe(201);
      const read = await ask(`${api}/${created.id}`);
      expect(read.body.data).toMatchObject(created);
      const content = async () => (await ask(`${api}/${kept.id}`)).body.data.content;
      if (answers.get('update')?.status === 200) expect(await content()).toBe(changed);
      // It may have been made all the same, or not.
      else await until(async () => (await content()) === (await stored(kept.id)));
      if (answers.get('delete')?.status === 204) expect(await stored(unwanted.id)).toBeUndefined();
      await until(async () => {
        const { status } = await ask(`${api}/${unwanted.id}`);
        return status === ((await stored(unwanted.id)) === undefined ? 404 : 200);
      });
      await until(async () => {
        const found = await search(`garden water ${word}`);
        return found.body.degraded === false && found.body.data[0].id === created.id;
      }, 30_000);
    });
  });
});

/** The first table after the heading, as texts. */
function readTable(path: string): { header: string[]; rows: string[][] } {
  const section = readFileSync(path, 'utf8').split(/^## What happens when something is away$/m)[1]!;
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  const [header, , ...rows] = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return { header: header!, rows: rows.filter((row) => row.length === header!.length) };
}
