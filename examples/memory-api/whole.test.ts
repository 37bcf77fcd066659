import { randomUUID } from 'node:crypto';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { admin } from './admin/test-admin.ts';
import { readConfig } from './config.ts';
import { openPool } from './database.ts';
import { HashingEmbedder } from './embedder.ts';
import { says, startProvider, type TestProvider } from './embeddings/test-provider.ts';
import { type Target, testBadInput } from './http/test-bad-input.ts';
import { type Answer, type Ask, askHttp } from './http/test-http.ts';
import { createLogger } from './logger.ts';
import { migrate } from './migrate.ts';
import { startApp, type TestApp } from './test-app.ts';
import { badMemories } from './test-bad-memories.ts';
import { startPostgres, startRedis, type TestServer, until } from './test-servers.ts';

/* The service as it is by default: with keys and limits, and over a provider of embeddings. */

const { runs, titled } = await needs('postgres', 'redis');
const dimensions = 64;
const api = '/api/v1/memories';

/** Of what the service does by itself: an empty one asks whether the server answers. */
const ownStatements =
  /embedding is null|select 1 from memories|group by kind|pg_|select distinct dimensions|statement: $/;

let postgres: TestServer;
let redis: TestServer;
let provider: TestProvider;
let service: TestApp;
let base: string;
const keys = { ada: '', bob: '', everybody: '' };
let target: Target;

beforeAll(async () => {
  if (!runs) return;
  [postgres, redis, provider] = await Promise.all([startPostgres(), startRedis(), startProvider(embeds)]);
  const environment = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    // A slow machine is not to look like a Redis that is away: that costs statements.
    REDIS_COMMAND_TIMEOUT_MS: '5000',
    AUTH_ENABLED: 'true',
    EMBEDDINGS_URL: provider.baseUrl,
    EMBEDDINGS_DIMENSIONS: `${dimensions}`,
    RETRY_ATTEMPTS: '1',
    BREAKER_RESET_MS: '50',
    PENDING_PAUSE_MS: '50',
    // All of them come from one address here.
    AUTH_FAILURES_PER_ADDRESS: '1000',
    RATE_LIMIT_PER_USER: '5000',
  };
  const pool = openPool(readConfig(environment).database, createLogger('silent'));
  await migrate(pool);
  await pool.end();
  keys.ada = await issue('of ada', '--user', 'ada');
  keys.bob = await issue('of bob', '--user', 'bob');
  keys.everybody = await issue('of a service');
  service = await startApp(environment);
  base = service.app.listeningOrigin;
  target = {
    base,
    key: keys.ada,
    user: 'ada',
    path: api,
    body: { user_id: 'ada', kind: 'fact', content: 'x' },
    // The service looks after itself meanwhile.
    statements: async () =>
      (await postgres.log())
        .split('\n')
        .filter((line) => /LOG: {2}(?:statement|execute)/.test(line))
        .filter((line) => !ownStatements.test(line)).length,
  };
}, 60_000);

afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await Promise.all([postgres, redis, provider].map((server) => server?.[Symbol.asyncDispose]()));
});

async function issue(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await admin(postgres.url, ['key', 'issue', ...args]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.trim();
}

/** What the service's own embedder would say. */
function embeds(response: import('node:http').ServerResponse, { input }: { input: readonly string[] }): void {
  const embedder = new HashingEmbedder(dimensions);
  void Promise.all(input.map((text) => embedder.embed(text))).then((all) =>
    response.end(
      JSON.stringify({ object: 'list', data: all.map((embedding, index) => ({ index, embedding })) }),
    ),
  );
}

function ask(path: string, given: Ask = {}) {
  return askHttp(base + path, { key: keys.ada, ...given });
}

const fact = (user_id: string, content: string) => ({ user_id, kind: 'fact', content });

async function create(user: 'ada' | 'bob', content: string): Promise<string> {
  const created = await ask(api, { key: keys[user], body: fact(user, content) });
  expect(created.status).toBe(201);
  return created.body.data.id;
}

/** Asked once it costs a look; then, however often it is asked again, PostgreSQL is given no statement. */
async function expectFree(again: () => Promise<Answer>, status: number): Promise<void> {
  const looking = await target.statements();
  expect((await again()).status).toBe(status);
  const before = await target.statements();
  expect(before - looking, 'the first look is counted').toBeGreaterThan(0);
  for (let turn = 0; turn < 5; turn += 1) expect((await again()).status).toBe(status);
  expect((await target.statements()) - before, 'statements').toBe(0);
}

/** Well-formed and with a right checksum, but there is no such key any more. */
async function unknownKey(): Promise<string> {
  const name = randomUUID();
  const key = await issue(name, '--user', 'ada');
  const { stdout } = await admin(postgres.url, ['key', 'list', '--json']);
  const { id } = JSON.parse(stdout).find((it: { name: string }) => it.name === name);
  expect((await admin(postgres.url, ['key', 'revoke', id])).code).toBe(0);
  return key;
}

describe.runIf(runs)(titled('the whole service'), () => {
  testBadInput('bad input', () => target, badMemories);

  const methods = ['GET', 'PATCH', 'DELETE'] as const;
  const asker = (id: string, method: string) => () =>
    ask(`${api}/${id}`, { method, ...(method === 'PATCH' && { body: { content: 'taken' } }) });

  it.each(methods)('an id that nobody has costs nothing when it is asked for again: %s', async (method) => {
    await expectFree(asker(randomUUID(), method), 404);
  });

  it.each(methods)(
    "an id of somebody else's memory costs nothing when it is asked for again: %s",
    async (method) => {
      await expectFree(asker(await create('bob', 'not for Ada'), method), 404);
    },
  );

  it('pages beyond the end cost nothing when they are asked for again', async () => {
    const page = () => ask(`${api}?user_id=ada&page=1000000&limit=100`);
    await expectFree(page, 200);
    const { data, pagination } = (await page()).body;
    expect(data).toEqual([]);
    expect(pagination).toMatchObject({ page: 1_000_000, limit: 100, total: expect.any(Number) });
    expect(pagination.pages).toBeLessThan(1_000_000);
  });

  it('a key that is well-formed and unknown costs nothing when it is tried again', async () => {
    const key = await unknownKey();
    // Where the machine stands still for longer than a wrong key is remembered, it is looked for again.
    await until(() => expectFree(() => ask(`${api}?user_id=ada`, { key }), 401), 20_000);
  });

  it('a key works at once when it is issued, whatever was tried before', async () => {
    const wrong = await unknownKey();
    expect((await ask(`${api}?user_id=ada`, { key: wrong })).status).toBe(401);
    const key = await issue('used at once', '--user', 'ada');
    expect((await ask(`${api}?user_id=ada`, { key })).status).toBe(200);
  });

  it('refuses an id that is much too long like any other that is none', async () => {
    const { status, body } = await ask(`${api}/${'x'.repeat(500)}`);
    expect([status, body.error.category]).toEqual([400, 'validation']);
    expect(body.error.message).not.toContain('xxx');
  });

  it('is changed and deleted, and neither is served from the cache afterwards', async () => {
    const id = await create('ada', 'tea in the morning');
    const one = `${api}/${id}`;
    const read = async () => (await ask(one)).body.data.content;
    expect([await read(), await read()]).toEqual(['tea in the morning', 'tea in the morning']);
    const list = async () =>
      (await ask(`${api}?user_id=ada&limit=100`)).body.data.map((it: { id: string }) => it.id);
    expect(await list()).toContain(id);

    const changed = await ask(one, {
      method: 'PATCH',
      body: { content: 'coffee at night', kind: 'reflection' },
    });
    expect([changed.status, changed.body.data]).toMatchObject([200, { kind: 'reflection', user_id: 'ada' }]);
    expect(await read()).toBe('coffee at night');
    const found = await ask(`${api}/search`, { body: { user_id: 'ada', query: 'coffee night', limit: 1 } });
    expect(found.body).toMatchObject({ data: [{ id, content: 'coffee at night' }], degraded: false });

    expect((await ask(one, { method: 'DELETE' })).status).toBe(204);
    expect((await ask(one)).status).toBe(404);
    expect(await list()).not.toContain(id);
    expect((await ask(one, { method: 'DELETE' })).status).toBe(404);
  });

  it.each(['GET', 'PATCH', 'DELETE'])('of another user nothing exists: %s', async (method) => {
    const id = await create('bob', 'a secret of Bob');
    const body = method === 'PATCH' ? { content: 'taken' } : undefined;
    const foreign = await ask(`${api}/${id}`, { method, ...(body && { body }) });
    const unknown = await ask(`${api}/00000000-0000-4000-8000-0000000000ff`, {
      method,
      ...(body && { body }),
    });
    expect(foreign.status).toBe(404);
    const [one, other] = [foreign, unknown].map((it) => it.body.error);
    expect({ ...one, message: '', timestamp: '' }).toEqual({ ...other, message: '', timestamp: '' });
    expect((await ask(`${api}/${id}`, { key: keys.bob })).body.data.content).toBe('a secret of Bob');
    const service = await ask(`${api}/${id}`, { key: keys.everybody });
    expect(service.body.data.user_id).toBe('bob');
  });

  it('keeps what is written while embeddings are away, finds it by words, and by meaning later', async () => {
    provider.behaves(says(503));
    const id = await create('ada', 'the lighthouse keeper plays chess');
    const search = () =>
      ask(`${api}/search`, { body: { user_id: 'ada', query: 'lighthouse chess', limit: 3 } });
    const away = await search();
    expect([away.status, away.body.degraded, away.body.data[0].id]).toEqual([200, true, id]);
    const insisting = { user_id: 'ada', query: 'lighthouse chess', require_meaning: true };
    expect((await ask(`${api}/search`, { body: insisting })).status).toBeGreaterThanOrEqual(502);

    provider.behaves(embeds);
    await until(async () => {
      const back = await search();
      return back.body.degraded === false && back.body.data[0]?.id === id;
    });
  });

  it('tells in its log who was let in, and who was not', async () => {
    await ask(api, { key: 'wrong' });
    await ask(`${api}?user_id=bob`);
    const audit = service.logged.filter((line) => line.audit);
    expect(audit).toContainEqual(expect.objectContaining({ event: 'auth_attempt', outcome: 'denied' }));
    expect(audit).toContainEqual(expect.objectContaining({ event: 'suspicious_activity', user_id: 'ada' }));
    expect(JSON.stringify(service.logged)).not.toContain(keys.ada);
  });

  it('compresses what is large, says how the limits stand, and describes itself', async () => {
    for (let n = 0; n < 5; n++) await create('bob', `${'long '.repeat(100)}${n}`);
    const large = await ask(`${api}?user_id=bob`, { key: keys.bob, headers: { 'accept-encoding': 'gzip' } });
    expect(large.headers).toMatchObject({
      'content-encoding': 'gzip',
      ratelimit: expect.stringContaining('"user"'),
    });
    const { status, body } = await askHttp(`${base}/openapi.json`);
    expect([status, body.openapi]).toEqual([200, '3.1.0']);
    expect(Object.keys(body.paths).sort()).toEqual(
      [api, `${api}/search`, `${api}/{id}`, '/health/live', '/health/ready'].sort(),
    );
    expect(body.paths[`${api}/{id}`].patch.operationId).toBe('updateMemory');
  });

  it('offers the same to MCP, for the user of the key', async () => {
    const client = new Client({ name: 'test', version: '1' });
    const headers = { authorization: `Bearer ${keys.ada}` };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${base}/mcp`), { requestInit: { headers } }),
    );
    try {
      const made = await client.callTool({
        name: 'create_memory',
        arguments: { kind: 'fact', content: 'made by a tool' },
      });
      const { data } = made.structuredContent as { data: { id: string; user_id: string } };
      expect(data.user_id).toBe('ada');
      expect((await ask(`${api}/${data.id}`)).body.data.content).toBe('made by a tool');
      const again = (content: string) =>
        client.callTool({
          name: 'create_memory',
          arguments: { id: data.id, kind: 'fact', content },
        });
      expect((await again('made by a tool')).structuredContent).toEqual(made.structuredContent);
      expect(await again('another')).toMatchObject({ isError: true });
      const foreign = await client.callTool({ name: 'list_memories', arguments: { user_id: 'bob' } });
      expect(foreign.isError).toBe(true);
    } finally {
      await client.close();
    }
  });

  it('refuses a key that was revoked', async () => {
    const key = await issue('for a moment', '--user', 'ada');
    const listed = await admin(postgres.url, ['key', 'list', '--json']);
    const { id } = JSON.parse(listed.stdout).find((it: { name: string }) => it.name === 'for a moment');
    expect((await admin(postgres.url, ['key', 'revoke', id])).code).toBe(0);
    expect((await ask(`${api}?user_id=ada`, { key })).status).toBe(401);
    expect((await admin(postgres.url, ['key', 'revoke', id])).code).toBe(1);
    expect((await admin(postgres.url, ['key', 'revoke', 'x'])).code).toBe(64);
  });
});
