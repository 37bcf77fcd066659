import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { readConfig } from './config.ts';
import { openPool } from './database.ts';
import { type Ask, askHttp } from './http/test-http.ts';
import { createLogger } from './logger.ts';
import { migrate } from './migrate.ts';
import { startApp, type TestApp } from './test-app.ts';
import { startPostgres, type TestServer } from './test-servers.ts';

/* What an answer looks like, and what the log tells of what happened to whom. */

const { runs, titled } = await needs('postgres');
const api = '/api/v1/memories';

describe.runIf(runs)(titled('an answer'), () => {
  let postgres: TestServer;
  let service: TestApp;

  beforeAll(async () => {
    postgres = await startPostgres();
    const pool = openPool(readConfig({ DATABASE_URL: postgres.url }).database, createLogger('silent'));
    await migrate(pool);
    await pool.end();
    service = await startApp({ DATABASE_URL: postgres.url, CACHE_ENABLED: 'false' });
  });

  afterAll(async () => {
    await service?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  const ask = (path: string, given: Ask = {}) => askHttp(service.app.listeningOrigin + path, given);

  async function create(user_id: string, content: string): Promise<string> {
    const { body } = await ask(api, { body: { user_id, kind: 'fact', content } });
    return body.data.id;
  }

  it.each([
    [1, 2, 2, { page: 1, limit: 2, total: 5, pages: 3 }],
    [3, 2, 1, { page: 3, limit: 2, total: 5, pages: 3 }],
    [9, 2, 0, { page: 9, limit: 2, total: 5, pages: 3 }],
    [1, 5, 5, { page: 1, limit: 5, total: 5, pages: 1 }],
  ])('of a list has data and pagination: page %i of %i', async (page, limit, count, pagination) => {
    const user = `reader-${page}-${limit}`;
    for (const n of [1, 2, 3, 4, 5]) await create(user, `note ${n}`);
    const { body } = await ask(`${api}?user_id=${user}&page=${page}&limit=${limit}`);
    expect(Object.keys(body)).toEqual(['data', 'pagination']);
    expect(body.data).toHaveLength(count);
    expect(body.pagination).toEqual(pagination);
  });

  it('of a user without memories has no pages', async () => {
    expect((await ask(`${api}?user_id=nobody`)).body).toEqual({
      data: [],
      pagination: { page: 1, limit: 20, total: 0, pages: 0 },
    });
  });

  it.each([
    ['of more than 1 KB', 2000, 'gzip', 'gzip'],
    ['of less', 100, 'gzip', undefined],
    ['of more, for who does not take gzip,', 2000, 'identity', undefined],
  ])('%s is compressed as the client takes it', async (_, characters, accepted, encoding) => {
    const content = 'x'.repeat(characters);
    const id = await create('packer', content);
    const { headers, bytes } = await ask(`${api}/${id}`, { headers: { 'accept-encoding': accepted } });
    expect(headers['content-encoding']).toBe(encoding);
    const text = (encoding ? gunzipSync(bytes) : bytes).toString();
    expect(JSON.parse(text).data.content).toBe(content);
    if (encoding) expect(bytes.length).toBeLessThan(text.length / 2);
  });

  it('to each thing that happened to somebody is one line of the log, without their words', async () => {
    const before = service.logged.length;
    const id = await create('ada', 'a secret garden');
    await ask(`${api}/${id}`, { method: 'PATCH', body: { kind: 'reflection' } });
    await ask(`${api}/search`, { body: { user_id: 'ada', query: 'garden' } });
    await ask(`${api}/${id}`, { method: 'DELETE' });
    const lines = service.logged.slice(before).filter(({ message }) => /^(memory|search)/.test(`${message}`));
    const whose = { level: 'info', user_id: 'ada' };
    expect(lines).toMatchObject([
      { ...whose, message: 'memory created', memory_id: id, kind: 'fact' },
      { ...whose, message: 'memory updated', memory_id: id, kind: 'reflection' },
      { ...whose, message: 'search done', results: 1, best_score: expect.any(Number) },
      { ...whose, message: 'memory deleted', memory_id: id },
    ]);
    expect(JSON.stringify(lines)).not.toContain('garden');
  });

  it('that is degraded is told to the log, too', async () => {
    await using degraded = await startApp({
      ...{ DATABASE_URL: postgres.url, CACHE_ENABLED: 'false', RETRY_ATTEMPTS: '1' },
      EMBEDDINGS_URL: 'http://127.0.0.1:1/v1',
    });
    await degraded.post(`${api}/search`, { user_id: 'ada', query: 'garden' });
    const told = degraded.logged.filter(({ message }) => `${message}`.startsWith('degraded answer given'));
    expect(told).toMatchObject([{ level: 'info', user_id: 'ada', results: 0 }]);
  });
});
