import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { readConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { migrate } from '../migrate.ts';
import { openParts } from '../parts.ts';
import { startPostgres, startRedis, type TestServer } from '../test-servers.ts';
import { connectHttp, connectStdio, type Revision, revisions, type TestClient } from './test-client.ts';
import { keyOf, serveHttp, type TestHttp } from './test-http.ts';

const { runs, titled } = await needs('postgres', 'redis');

let postgres: TestServer;
let redis: TestServer;
let parts: ReturnType<typeof openParts>;
let http: TestHttp;
let environment: Record<string, string>;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  environment = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  parts = openParts(readConfig(environment), createLogger('silent'));
  await migrate(parts.pool);
  await parts.open();
  http = await serveHttp({ operations: parts.memories });
}, 30_000);

afterAll(async () => {
  await http?.[Symbol.asyncDispose]();
  await parts?.close();
  await Promise.all([postgres, redis].map((server) => server?.[Symbol.asyncDispose]()));
});

type Who = 'ada' | 'ben' | 'all';

const transports = {
  http: (who: Who, revision: Revision) => connectHttp(http.origin, keyOf(who), revision),
  stdio: (who: Who, revision: Revision) =>
    connectStdio(environment, who === 'all' ? [] : ['--user', who], revision),
};

const combinations = (['http', 'stdio'] as const).flatMap((transport) =>
  revisions.map((revision) => [transport, revision] as const),
);

describe.runIf(runs).each(combinations)(titled('the tools over %s, %s'), (transport, revision) => {
  let ada: TestClient;
  let ben: TestClient;
  let all: TestClient;

  beforeAll(async () => {
    const connect = (who: Who) => transports[transport](who, revision);
    [ada, ben, all] = await Promise.all([connect('ada'), connect('ben'), connect('all')]);
  });

  afterAll(() => Promise.all([ada, ben, all].map((client) => client?.[Symbol.asyncDispose]())));

  it('are listed with what goes in, what comes out and what they do', async () => {
    const { tools } = await ada.client.listTools();
    const told = tools.map(({ name, annotations: a }) => [
      name,
      a?.readOnlyHint,
      a?.destructiveHint,
      a?.idempotentHint,
      a?.openWorldHint,
    ]);
    expect(told).toEqual([
      ['create_memory', false, false, false, false],
      ['get_memory', true, false, true, false],
      ['list_memories', true, false, true, false],
      ['update_memory', false, true, true, false],
      ['delete_memory', false, true, true, false],
      ['search_memories', true, false, true, false],
    ]);
    for (const { title, description, inputSchema, outputSchema } of tools) {
      expect(title).toBeTruthy();
      expect(description).toBeTruthy();
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: 'object', required: expect.arrayContaining(['data']) });
    }
  });

  it.each([
    ['create_memory', ['kind', 'content']],
    ['list_memories', []],
    ['search_memories', ['query']],
  ])('%s needs a user of those who may act for all, of nobody else', async (name, others) => {
    const schemaFor = async ({ client }: TestClient) =>
      (await client.listTools()).tools.find((tool) => tool.name === name)!.inputSchema;
    expect((await schemaFor(all)).required).toEqual(['user_id', ...others]);
    const own = await schemaFor(ada);
    expect(own.required ?? []).toEqual(others);
    expect(own.properties).toMatchObject({ user_id: { default: 'ada', pattern: expect.any(String) } });
  });

  it('create, get, update, list, search and delete a memory', async () => {
    const user_id = randomUUID();
    const given = { kind: 'fact', content: 'The kettle is red', metadata: { room: { number: 7 } } };
    const created = await all.call('create_memory', { user_id, ...given });
    expect(created).toMatchObject({ failed: false, text: { data: { user_id, ...given } } });
    expect(created.structured).toEqual(created.text);
    const { data } = created.structured;

    expect(await all.call('get_memory', { id: data.id.toUpperCase() })).toEqual(created);
    const changed = await all.call('update_memory', { id: data.id, content: 'The kettle is blue' });
    expect(changed.structured).toEqual({ data: { ...data, content: 'The kettle is blue' } });

    const listed = await all.call('list_memories', { user_id });
    expect(listed.structured).toEqual({
      data: [changed.structured.data],
      pagination: { page: 1, limit: 20, total: 1, pages: 1 },
    });
    const ofKind = async (kind: string) =>
      (await all.call('list_memories', { user_id, kind })).structured.pagination.total;
    expect([await ofKind('fact'), await ofKind('reflection')]).toEqual([1, 0]);
    const found = await all.call('search_memories', { user_id, query: 'kettle' });
    expect(found.structured.data).toEqual([{ ...changed.structured.data, score: expect.any(Number) }]);

    const deleted = await all.call('delete_memory', { id: data.id, user_id });
    expect(deleted.structured).toEqual({ data: { id: data.id, deleted: true } });
    expect(await all.call('delete_memory', { id: data.id })).toMatchObject({
      failed: true,
      text: { error: { error_code: 'NOT_FOUND' } },
    });
  });

  it('act for the user of the caller when none is named', async () => {
    const { structured } = await ada.call('create_memory', { kind: 'reflection', content: 'Mine' });
    expect(structured.data.user_id).toBe('ada');
    const listed = await ada.call('list_memories', { limit: 100 });
    expect(listed.structured.data).toContainEqual(structured.data);
    expect((await ada.call('search_memories', { query: 'Mine', user_id: 'ada' })).failed).toBe(false);
  });

  it('do not show or change what belongs to somebody else', async () => {
    const { structured } = await ada.call('create_memory', { kind: 'fact', content: 'A secret of Ada' });
    const { id } = structured.data;
    // Ada has read it, so it may be cached.
    await ada.call('get_memory', { id });
    for (const [name, more] of [
      ['get_memory', {}],
      ['update_memory', { content: 'Taken over' }],
      ['delete_memory', {}],
    ] as const) {
      const refused = await ben.call(name, { id, ...more });
      expect(refused, name).toMatchObject({ failed: true, text: { error: { error_code: 'NOT_FOUND' } } });
      expect(JSON.stringify(refused)).not.toContain('secret');
    }
    expect((await ben.call('search_memories', { query: 'secret', limit: 50 })).text.data).not.toContainEqual(
      expect.objectContaining({ id }),
    );
    expect((await ada.call('get_memory', { id })).structured).toEqual(structured);
  });

  it.each([
    ['create_memory', { kind: 'fact', content: 'Not mine' }],
    ['list_memories', {}],
    ['search_memories', { query: 'x' }],
    ['get_memory', { id: randomUUID() }],
    ['update_memory', { id: randomUUID(), content: 'x' }],
    ['delete_memory', { id: randomUUID() }],
  ])('%s is not allowed for another user than that of the caller', async (name, given) => {
    const refused = await ben.call(name, { ...given, user_id: 'ada' });
    expect(refused).toMatchObject({
      failed: true,
      text: { error: { error_code: 'NOT_ALLOWED', category: 'authorization', recoverable: false } },
    });
  });

  it('serve many calls at once, each with its own answer', async () => {
    const user_id = randomUUID();
    const contents = Array.from({ length: 40 }, (_, index) => `Thought number ${index}`);
    const answers = await Promise.all(
      contents.map((content) => all.call('create_memory', { user_id, kind: 'reflection', content })),
    );
    expect(answers.map(({ structured }) => structured.data.content)).toEqual(contents);
    const { structured } = await all.call('list_memories', { user_id, limit: 1 });
    expect(structured.pagination.total).toBe(40);
  });

  it('say of an unknown tool that there is none', async () => {
    await expect(all.client.callTool({ name: 'drop_table', arguments: {} })).rejects.toThrow(/not found/);
  });
});
