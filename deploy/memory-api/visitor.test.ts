import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startScript,
  startService,
  type TestProcess,
  type TestService,
} from '../../examples/memory-api/test-process.ts';
import {
  freePort,
  startPostgres,
  startRedis,
  type TestServer,
  until,
} from '../../examples/memory-api/test-servers.ts';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { createVisits } from './visits.ts';

const { runs, titled } = await needs('postgres', 'redis');
const visitor = '../../deploy/memory-api/visitor.ts';
const soon = 30_000;

let postgres: TestServer;
let redis: TestServer;
let service: TestService;
let admin: pg.Client;
let folder: string;

beforeAll(async () => {
  if (!runs) return;
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  await using seeded = startScript('seed.ts', settings());
  expect(await seeded.exited).toEqual([0, null]);
  service = await startService(settings());
  admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  folder = mkdtempSync(join(tmpdir(), 'visitor-test-'));
});

afterAll(async () => {
  await admin?.end();
  await Promise.all([
    service?.[Symbol.asyncDispose](),
    postgres?.[Symbol.asyncDispose](),
    redis?.[Symbol.asyncDispose](),
  ]);
  if (folder) rmSync(folder, { recursive: true });
});

describe.runIf(runs)(titled('a visitor of the memory API'), () => {
  it('is answered well on every route that it asks, none of them about health, and leaves nothing behind', async () => {
    const answeredFile = join(folder, 'answered');
    const before = service.output().length;
    await using visiting = startScript(visitor, {
      ...settings(),
      SERVICE_URL: service.url,
      ANSWERED_FILE: answeredFile,
    });
    const requests = () => requestsIn(service.output().slice(before));
    const asked = () => new Set(requests().map(({ method, route }) => `${method} ${route}`));
    await until(() => asked().size === 6, soon);
    expect([...asked()].sort()).toEqual([
      'DELETE /api/v1/memories/:id',
      'GET /api/v1/memories',
      'GET /api/v1/memories/:id',
      'PATCH /api/v1/memories/:id',
      'POST /api/v1/memories',
      'POST /api/v1/memories/search',
    ]);
    expect(statSync(answeredFile).mtimeMs).toBeGreaterThan(0);
    visiting.kill('SIGTERM');
    expect(await visiting.exited).toEqual([0, null]);
    expect(requests().filter(({ status_code }) => status_code < 200 || status_code > 299)).toEqual([]);
    expect(await goodKeys()).toBe(0);
    expect(await ownMemories()).toBe(0);
    expect(() => statSync(answeredFile)).toThrow('ENOENT');
  });

  it('takes back the key of one that was killed', async () => {
    const visit = () => startScript(visitor, { ...settings(), SERVICE_URL: service.url });
    const answered = (one: TestProcess) => until(() => one.output().includes('it answers'), soon);
    await using killed = visit();
    await answered(killed);
    killed.kill('SIGKILL');
    await killed.exited;
    expect(await goodKeys()).toBe(1);
    await using next = visit();
    await answered(next);
    expect(await goodKeys()).toBe(1);
    next.kill('SIGTERM');
    expect(await next.exited).toEqual([0, null]);
    expect(await goodKeys()).toBe(0);
  });

  it('leaves the key of another machine alone, and ends when its own is taken back', async () => {
    await admin.query(
      "insert into api_keys (name, key_hash) values ('visitor on another machine', sha256('x'::bytea))",
    );
    await using visiting = startScript(visitor, { ...settings(), SERVICE_URL: service.url });
    await until(() => visiting.output().includes('it answers'), soon);
    expect(await goodKeys()).toBe(2);
    await admin.query("update api_keys set revoked_at = now() where name like 'visitor on %'");
    // The service takes a key as good for half a minute after it was found.
    expect(await visiting.exited).toEqual([77, null]);
    expect(visiting.output().split('my key is not good').length - 1).toBe(1);
    await admin.query("delete from memories where user_id = 'visitor'");
  });

  it('goes on while nobody answers, says so once, and ends all the same', async () => {
    await using visiting = startScript(visitor, {
      ...settings(),
      SERVICE_URL: `http://127.0.0.1:${await freePort()}`,
    });
    const told = () => visiting.output().split('it does not answer well').length - 1;
    await until(() => told() === 1, soon);
    visiting.kill('SIGTERM');
    expect(await visiting.exited).toEqual([0, null]);
    expect([told(), await goodKeys()]).toEqual([1, 0]);
  });
});

it('begins a new memory when it cannot know whether the last one is there', async () => {
  const changes: string[] = [];
  const server = createServer(({ method, url }, response) => {
    if (url !== '/api/v1/memories/search' && method !== 'GET') changes.push(method!);
    response.writeHead(method === 'PATCH' ? 503 : 200).end();
  }).listen(0, '127.0.0.1');
  await until(() => server.listening);
  const { port } = server.address() as { port: number };
  const visits = createVisits({ url: `http://127.0.0.1:${port}`, key: 'key', memories: 10, answerMs: soon });
  const visited = [];
  for (let turn = 0; turn < 15; turn += 1) visited.push(await visits.next());
  await visits.tidy();
  server.close();
  server.closeAllConnections();
  expect(changes).toEqual(['POST', 'PATCH', 'POST', 'DELETE']);
  expect(visited.filter(({ good }) => !good).map(({ answer }) => answer)).toEqual([503]);
});

function settings(): Record<string, string> {
  return { DATABASE_URL: postgres.url, REDIS_URL: redis.url, SEED_COUNT: '60' };
}

interface Line {
  message: string;
  method: string;
  route: string;
  status_code: number;
}

function requestsIn(output: string): Line[] {
  // The last may be half a line.
  const lines = output.split('\n').slice(0, -1);
  return lines
    .map((line) => JSON.parse(line) as Line)
    .filter(({ message }) => message === 'request completed');
}

async function goodKeys(): Promise<number> {
  return count("select count(*)::int from api_keys where name like 'visitor on %' and revoked_at is null");
}

async function ownMemories(): Promise<number> {
  return count("select count(*)::int from memories where user_id = 'visitor'");
}

async function count(sql: string): Promise<number> {
  return (await admin.query<{ count: number }>(sql)).rows[0]!.count;
}
