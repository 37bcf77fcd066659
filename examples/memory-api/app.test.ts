import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { readConfig } from './config.ts';
import { openPool } from './database.ts';
import { HashingEmbedder } from './embedder.ts';
import { createLogger } from './logger.ts';
import { migrate } from './migrate.ts';
import { seedId, seedMemory, seedRows } from './seed.ts';
import { MemoryStore } from './store.ts';
import { startApp, type TestApp } from './test-app.ts';
import { errorFields } from './test-error-fields.ts';
import { startPostgres, startRedis, type TestServer } from './test-servers.ts';

const { runs, titled } = await needs('postgres', 'redis');

const api = '/api/v1';

let postgres: TestServer;
let redis: TestServer;
let service: TestApp;
let pool: ReturnType<typeof openPool>;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const environment = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  pool = openPool(readConfig(environment).database, createLogger('silent'));
  await migrate(pool);
  await new MemoryStore(pool).upsertAll(await seedRows(1, 200, new HashingEmbedder()));
  service = await startApp(environment, (app) => {
    app.get('/broken', () => {
      throw new Error('select secret from vault at /srv/app/store.js:12');
    });
  });
}, 30_000);

afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await pool?.end();
  await Promise.all([postgres, redis].map((server) => server?.[Symbol.asyncDispose]()));
});

describe.runIf(runs)(titled('memories'), () => {
  it('creates one and reads it back', async () => {
    const given = {
      user_id: 'ada',
      kind: 'reflection',
      content: 'Slept well',
      metadata: { mood: { good: 7 } },
    };
    const created = await service.post(`${api}/memories`, given);
    expect(created.status).toBe(201);
    expect(created.body.data).toMatchObject(given);
    expect(created.body.data.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Date(created.body.data.created_at).toISOString()).toBe(created.body.data.created_at);
    expect(await service.get(`${api}/memories/${created.body.data.id}`)).toEqual({
      status: 200,
      body: created.body,
    });
  });

  it('reads the same one whichever way its id is written', async () => {
    const given = { user_id: 'ada', kind: 'fact', content: 'Upper case' };
    const { body } = await service.post(`${api}/memories`, given);
    const upper = await service.get(`${api}/memories/${body.data.id.toUpperCase()}`);
    expect(upper.body).toEqual(body);
  });

  it('takes metadata as optional, and content of 4,000 characters', async () => {
    const given = { user_id: 'ada', kind: 'fact', content: '€'.repeat(4000) };
    const { status, body } = await service.post(`${api}/memories`, given);
    expect(status).toBe(201);
    expect(body.data).toMatchObject({ ...given, metadata: {} });
  });

  it('answers with the seeded memory', async () => {
    expect(await service.get(`${api}/memories/${seedId(7)}`)).toEqual({
      status: 200,
      body: { data: seedMemory(1, 7) },
    });
  });

  it.each([
    { query: 'limit=3', ids: [151, 101, 51], pagination: { page: 1, limit: 3, total: 4, pages: 2 } },
    { query: 'limit=3&page=2', ids: [1], pagination: { page: 2, limit: 3, total: 4, pages: 2 } },
    { query: 'page=9', ids: [], pagination: { page: 9, limit: 20, total: 4, pages: 1 } },
  ])('lists newest first: $query', async ({ query, ids, pagination }) => {
    const { status, body } = await service.get(`${api}/memories?user_id=user-1&${query}`);
    expect(status).toBe(200);
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(ids.map(seedId));
    expect(body.pagination).toEqual(pagination);
  });

  it('lists nothing for a stranger', async () => {
    expect((await service.get(`${api}/memories?user_id=nobody`)).body).toEqual({
      data: [],
      pagination: { page: 1, limit: 20, total: 0, pages: 0 },
    });
  });

  it('searches by meaning, best first, among the own memories only', async () => {
    for (const [user_id, content] of [
      ['sam', 'The dog sleeps on the sofa'],
      ['sam', 'Quarterly tax return is due'],
      ['sam', 'A sleepy dog was sleeping on our sofa'],
      ['eve', 'Where does the dog sleep? On the sofa'],
    ]) {
      await service.post(`${api}/memories`, { user_id, kind: 'fact', content });
    }
    const query = 'dog sleeps on the sofa';
    const { status, body } = await service.post(`${api}/memories/search`, {
      user_id: 'sam',
      query,
      limit: 2,
    });
    expect(status).toBe(200);
    expect(body.data.map(({ content }: { content: string }) => content)).toEqual([
      'The dog sleeps on the sofa',
      'A sleepy dog was sleeping on our sofa',
    ]);
    expect(body.data[0].score).toBeCloseTo(1, 4);
    expect(body.data[1].score).toBeLessThan(body.data[0].score);
  });
});

describe.runIf(runs)(titled('what is refused'), () => {
  const good = { user_id: 'ada', kind: 'fact', content: 'x' };
  it.each([
    ['no body', undefined, ['request']],
    ['not JSON', '{', ['request']],
    ['nothing given', {}, ['body.user_id', 'body.kind', 'body.content']],
    ['an unknown kind', { ...good, kind: 'hunch' }, ['body.kind']],
    ['no content', { ...good, content: '' }, ['body.content']],
    ['4,001 characters', { ...good, content: 'x'.repeat(4001) }, ['body.content']],
    ['a number for a text', { ...good, content: 5 }, ['body.content']],
    ['a list for metadata', { ...good, metadata: [] }, ['body.metadata']],
    ['something unknown', { ...good, colour: 'red' }, ['body.colour']],
    ['an empty user', { ...good, user_id: '' }, ['body.user_id']],
    ['a text that PostgreSQL cannot hold', { ...good, content: 'a\u0000b' }, ['body.content']],
  ])('creating: %s', async (_, body, fields) => {
    expectProblems(await service.post(`${api}/memories`, body), fields);
  });

  it.each([
    ['no query', { user_id: 'ada' }, ['body.query']],
    ['a limit of 0', { user_id: 'ada', query: 'x', limit: 0 }, ['body.limit']],
    ['a limit as text', { user_id: 'ada', query: 'x', limit: '3' }, ['body.limit']],
  ])('searching: %s', async (_, body, fields) => {
    expectProblems(await service.post(`${api}/memories/search`, body), fields);
  });

  it.each([
    ['/memories/42', ['params.id']],
    ['/memories/urn:uuid:00000000-0000-4000-8000-000000000001', ['params.id']],
    ['/memories/%zz', ['request']],
    ['/memories', ['querystring.user_id']],
    ['/memories?user_id=ada&limit=101', ['querystring.limit']],
    ['/memories?user_id=ada&page=0', ['querystring.page']],
    ['/memories?user_id=ada&page=two', ['querystring.page']],
  ])('reading: %s', async (path, fields) => {
    expectProblems(await service.get(api + path), fields);
  });

  it('a body that is too large, with the status that HTTP has for it', async () => {
    const answer = await service.post(`${api}/memories`, { ...good, metadata: { blob: 'x'.repeat(70_000) } });
    expect(answer.status).toBe(413);
    expect(answer.body.error).toMatchObject({ category: 'validation', error_code: 'CTP_BODY_TOO_LARGE' });
  });

  function expectProblems({ status, body }: Awaited<ReturnType<TestApp['get']>>, fields: readonly string[]) {
    expect(status).toBe(400);
    expect(Object.keys(body.error)).toEqual(errorFields);
    expect(body.error).toMatchObject({ category: 'validation', severity: 'low', recoverable: false });
    const named = body.error.details.problems.map(({ field }: { field: string }) => field);
    // One thing may be wrong in two ways.
    expect([...new Set(named)].sort()).toEqual([...fields].sort());
  }
});

describe.runIf(runs)(titled('what fails'), () => {
  it.each(['/nowhere', `${api}/memories/00000000-0000-4000-8000-00000000dead`])('404: %s', async (path) => {
    const { status, body } = await service.get(path);
    expect(status).toBe(404);
    expect(body.error).toMatchObject({ error_code: 'NOT_FOUND', category: 'not_found', recoverable: false });
  });

  it('an error that nobody expected is classified, told in the log, and leaks nothing', async () => {
    const { status, body } = await service.get('/broken');
    expect(status).toBe(500);
    expect(Object.keys(body.error)).toEqual(errorFields);
    expect(body.error).toMatchObject({
      error_code: 'INTERNAL_ERROR',
      category: 'internal',
      severity: 'critical',
    });
    expect(JSON.stringify(body)).not.toMatch(/select|secret|vault|store|srv/);
    const [line] = service.logged.filter(({ level }) => level === 'error');
    expect(JSON.stringify(line)).toContain('select secret from vault');
  });

  it('trouble in the database is a 503 that may pass, and leaks nothing', async () => {
    await pool.query('alter table memories rename to elsewhere');
    try {
      const { status, body } = await service.get(`${api}/memories?user_id=ada`);
      expect(status).toBe(503);
      expect(body.error).toMatchObject({ category: 'database', severity: 'high', recoverable: true });
      expect(JSON.stringify(body)).not.toMatch(/select|relation|memories|42P01/);
      const ready = await service.get('/health/ready');
      expect(ready.status).toBe(503);
      expect(ready.body.data.status).toBe('unavailable');
    } finally {
      await pool.query('alter table elsewhere rename to memories');
    }
  });
});

describe.runIf(runs)(titled('health and log'), () => {
  it('is live and ready, with latencies', async () => {
    expect(await service.get('/health/live')).toEqual({ status: 200, body: { data: { status: 'ok' } } });
    const latency_ms = expect.any(Number);
    expect(await service.get('/health/ready')).toEqual({
      status: 200,
      body: {
        data: {
          status: 'ok',
          dependencies: {
            postgres: {
              ...{ status: 'ok', latency_ms, breaker: 'closed' },
              pool: {
                ...{ size: expect.any(Number), in: expect.any(Number), out: expect.any(Number) },
                ...{ overflow: 0, invalidated: 0, waiting: 0 },
              },
            },
            redis: { status: 'ok', latency_ms, breaker: 'closed' },
            vector_index: { status: 'ok', latency_ms },
          },
        },
      },
    });
  });

  it('writes one line per request and one per thing done, with time, level and message', async () => {
    const before = service.logged.length;
    await service.post(`${api}/memories`, { user_id: 'log', kind: 'fact', content: 'x' });
    await service.post(`${api}/memories/search`, { user_id: 'log', query: 'x' });
    // What the service looks at by itself is told beside it, and so is the audit log.
    const lines = service.logged.slice(before).filter((line) => 'reqId' in line && !('audit' in line));
    expect(lines.map(({ message }) => message)).toEqual([
      'memory created',
      'request completed',
      'search done',
      'request completed',
    ]);
    for (const { timestamp, level } of lines) {
      expect(new Date(String(timestamp)).toISOString()).toBe(timestamp);
      expect(level).toBe('info');
    }
    expect(lines[0]).toMatchObject({ user_id: 'log', kind: 'fact', memory_id: expect.any(String) });
    expect(lines[1]).toMatchObject({ method: 'POST', route: `${api}/memories`, status_code: 201 });
  });
});
