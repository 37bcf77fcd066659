import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { needsPgvector, startPgvector } from '../storage/test-pgvector.ts';
import { startApp, type TestApp } from '../test-app.ts';
import { freePort, startRedis, type TestRedis, type TestServer, until } from '../test-servers.ts';
import { type AdminDatabase, admin, newDatabase } from './test-admin.ts';

/* What memory-admin does while a service runs, and what the service shows of it, which keeps things in Redis. */

const gates = [await needs('redis'), await needsPgvector()];
const title = gates.reduce((named, gate) => gate.titled(named), 'memory-admin beside a running service');
const api = '/api/v1/memories';

describe.runIf(gates.every(({ runs }) => runs))(title, () => {
  let postgres: TestServer;
  let redis: TestRedis;
  let database: AdminDatabase;
  let service: TestApp;
  let folder: string;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPgvector(), startRedis()]);
    folder = await mkdtemp(join(tmpdir(), 'memory-admin-service-'));
    database = await newDatabase(postgres);
    service = await startApp(settings());
  });

  afterAll(async () => {
    await service?.[Symbol.asyncDispose]();
    await database?.[Symbol.asyncDispose]();
    await Promise.all([postgres, redis].map((server) => server?.[Symbol.asyncDispose]()));
    await rm(folder, { recursive: true, force: true });
  });

  function settings(more: Record<string, string> = {}): Record<string, string> {
    // Longer than the test: what is seen is seen because it was told.
    const cache = { CACHE_ENABLED: 'true', CACHE_TTL_S: '3600', CACHE_NEGATIVE_TTL_S: '3600' };
    const embeddings = { RETRY_ATTEMPTS: '1', PENDING_PAUSE_MS: '50', EMBEDDINGS_DIMENSIONS: '64' };
    return { DATABASE_URL: database.url, REDIS_URL: redis.url, ...cache, ...embeddings, ...more };
  }

  async function run(args: readonly string[], more: Record<string, string> = {}) {
    const ended = await admin(database.url, [...args, '--json'], { env: settings(more) });
    return { ...ended, told: ended.stdout === '' ? undefined : JSON.parse(ended.stdout) };
  }

  async function create(content: string): Promise<string> {
    const { body } = await service.post(api, { user_id: 'ada', kind: 'fact', content });
    return body.data.id;
  }

  /** Asked twice, so that the second answer would come from the cache. */
  async function shown(id: string): Promise<[string | undefined, number]> {
    const ask = async (): Promise<[string | undefined, number]> => [
      (await service.get(`${api}/${id}`)).body.data?.content,
      (await service.get(`${api}?user_id=ada`)).body.pagination.total,
    ];
    await ask();
    return ask();
  }

  it('clears and imports, and the service shows it at once', async () => {
    const id = await create('the first');
    expect(await shown(id)).toEqual(['the first', 1]);
    const file = join(folder, 'export.jsonl');
    expect((await run(['export', file])).code).toBe(0);

    expect((await run(['clear', '--all', '--yes'])).told).toEqual({ deleted: 1, cache: 'invalidated' });
    expect(await shown(id)).toEqual([undefined, 0]);
    const imported = await run(['import', file]);
    expect(imported.told).toMatchObject({ inserted: 1, cache: 'invalidated' });
    expect(await shown(id)).toEqual(['the first', 1]);

    await service.app.inject({ method: 'PATCH', url: `${api}/${id}`, payload: { content: 'changed' } });
    expect(await shown(id)).toEqual(['changed', 1]);
    expect((await run(['import', file])).told).toMatchObject({ updated: 1, cache: 'invalidated' });
    expect(await shown(id)).toEqual(['the first', 1]);
  });

  it('has seen what went when it fails half-way', async () => {
    const id = await create('goes before the file ends');
    const file = join(folder, 'half.jsonl');
    await run(['export', file]);
    expect((await shown(id))[0]).toBe('goes before the file ends');
    await database.client.query('update memories set content = $2 where id = $1', [id, 'by hand']);
    // The lines are read after the manifest: a folder has none.
    expect((await run(['import', folder])).code).toBe(1);
    expect((await shown(id))[0]).toBe('by hand');
  });

  it('restores, and the service shows it at once', async () => {
    const id = await create('as in the backup');
    const file = join(folder, 'all.dump');
    expect((await run(['backup', file])).code).toBe(0);
    await service.app.inject({ method: 'PATCH', url: `${api}/${id}`, payload: { content: 'since then' } });
    expect((await shown(id))[0]).toBe('since then');
    await database.client.query('drop schema public cascade; create schema public');
    expect((await run(['restore', file])).told).toMatchObject({ cache: 'invalidated' });
    expect((await shown(id))[0]).toBe('as in the backup');
  });

  it('restores, and a service without pgvector finds by the meaning of what is there then', async () => {
    // Without the migration to pgvector, on a server that has pg_dump and pg_restore beside it.
    await using exact = await newDatabase(postgres, { migrations: 2 });
    const own = { DATABASE_URL: exact.url };
    await using beside = await startApp(settings(own));
    const user_id = 'grace';
    const write = async (content: string): Promise<string> =>
      (await beside.post(api, { user_id, kind: 'fact', content })).body.data.id;
    const search = async (): Promise<unknown[]> => {
      const { body } = await beside.post(`${api}/search`, { user_id, query: 'as in the backup' });
      return body.data.map(({ content, score }: { content: string; score: number }) => [content, score]);
    };

    const [changed, deleted] = [await write('as in the backup'), await write('deleted since')];
    const file = join(folder, 'exact.dump');
    expect((await run(['backup', file], own)).code).toBe(0);
    // As many as before, so that their number says nothing.
    await beside.app.inject({
      method: 'PATCH',
      url: `${api}/${changed}`,
      payload: { content: 'since then' },
    });
    await beside.app.inject({ method: 'DELETE', url: `${api}/${deleted}` });
    await write('made since');
    expect((await search()).toSorted()).toEqual([
      ['made since', expect.any(Number)],
      ['since then', expect.any(Number)],
    ]);
    await exact.client.query('drop schema public cascade; create schema public');
    expect((await run(['restore', file], own)).told).toMatchObject({ memories: 2, cache: 'invalidated' });
    expect(await search()).toEqual([
      ['as in the backup', expect.closeTo(1, 5)],
      ['deleted since', expect.any(Number)],
    ]);
  });

  it('says that it could not tell when Redis does not answer', async () => {
    const REDIS_URL = `redis://127.0.0.1:${await freePort()}`;
    const { code, told } = await run(['clear', '--user', 'nobody', '--yes'], { REDIS_URL });
    expect([code, told]).toEqual([0, { deleted: 0, cache: 'unreachable' }]);
    const { stdout } = await admin(database.url, ['clear', '--user', 'nobody', '--yes'], {
      env: settings({ REDIS_URL }),
    });
    expect(stdout).toMatch(/Redis \(REDIS_URL\) does not answer.*\n.*CACHE_TTL_S/);
  });

  it('tells how the service is, with its pool', async () => {
    const url = service.app.listeningOrigin;
    const { code, told } = await run(['status', '--url', url]);
    expect(code).toBe(0);
    expect(told.dependencies).toMatchObject({ postgres: { status: 'ok' }, redis: { status: 'ok' } });
    const { port } = new URL(url);
    const { stdout } = await admin('', ['status'], { env: { PORT: port } });
    expect(stdout).toMatch(/^status +ok/m);
    expect(stdout).toMatch(/^postgres +ok +\d+\.\d/m);
    for (const name of ['size', 'waiting', 'overflow', 'invalidated'])
      expect(stdout).toMatch(new RegExp(`^${name} +\\d+`, 'm'));
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('says where it looked when no service is there', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await admin('', ['status', '--url', nowhere]);
    expect(code).toBe(1);
    expect(stderr).toContain(`no memory API answers at ${nowhere}/health/ready (ECONNREFUSED)`);
  });

  describe('when the embedder is another one', () => {
    it('a start says what to do, and the verb has everything made anew', async () => {
      const id = await create('sleep and music');
      const other = settings({ EMBEDDINGS_DIMENSIONS: '32' });
      await using next = await startApp(other);
      await until(() => next.logged.some(({ message }) => /embeddings renew --others/.test(`${message}`)));
      expect(service.logged.filter(({ message }) => /embeddings renew/.test(`${message}`))).toEqual([]);
      const search = async () => {
        const { body } = await next.post(`${api}/search`, { user_id: 'ada', query: 'sleep and music' });
        return body.data.map((found: { id: string }) => found.id);
      };
      expect(await search()).not.toContain(id);

      const before = await run(['embeddings', 'check'], other);
      expect(before.told).toMatchObject({ dimensions: 32, by_dimensions: [{ dimensions: 64 }] });
      const text = await admin(database.url, ['embeddings', 'check'], { env: other });
      expect(text.stdout).toContain('embeddings renew --others');
      const renewed = await run(['embeddings', 'renew', '--others'], other);
      expect(renewed.told).toMatchObject({ pending: expect.any(Number), cache: 'invalidated' });
      expect(renewed.told.pending).toBe(before.told.by_dimensions[0].memories);

      // The other one may make some of them, with its own dimensions, until it is stopped.
      await service[Symbol.asyncDispose]();
      await run(['embeddings', 'renew', '--others'], other);
      await until(async () => (await search()).includes(id));
      const after = await run(['embeddings', 'check'], other);
      expect(after.told).toMatchObject({ pending: 0, by_dimensions: [{ dimensions: 32 }] });
      expect(after.told.sample.same).toBe(after.told.sample.compared);
    });

    it.each([
      ['neither', []],
      ['both', ['--all', '--others']],
    ])('it has to be said which: %s', async (_, args) => {
      expect((await run(['embeddings', 'renew', ...args])).code).toBe(64);
    });
  });
});
