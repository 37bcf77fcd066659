import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { admin } from '../admin/test-admin.ts';
import { readConfig } from '../config.ts';
import { openPool } from '../database.ts';
import { askHttp } from '../http/test-http.ts';
import { createLogger } from '../logger.ts';
import { migrate } from '../migrate.ts';
import { startApp, type TestApp } from '../test-app.ts';
import { startPostgres, startRedis, type TestServer } from '../test-servers.ts';
import { connectHttp } from './test-client.ts';

/* The tools as the service offers them: with its keys, limits, audit log and settings. */

const { runs, titled } = await needs('postgres', 'redis');

describe.runIf(runs)(titled('/mcp of the service'), () => {
  let postgres: TestServer;
  let redis: TestServer;
  const keys = { ada: '', everybody: '' };

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    const pool = openPool(readConfig({ DATABASE_URL: postgres.url }).database, createLogger('silent'));
    await migrate(pool);
    await pool.end();
    keys.ada = await issue('of ada', '--user', 'ada');
    keys.everybody = await issue('of a service');
  });

  afterAll(() => Promise.all([postgres, redis].map((server) => server?.[Symbol.asyncDispose]())));

  async function issue(...args: string[]): Promise<string> {
    const { stdout } = await admin(postgres.url, ['key', 'issue', ...args]);
    return stdout.trim();
  }

  function start(settings: Record<string, string> = {}): Promise<TestApp> {
    const servers = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
    return startApp({ ...servers, AUTH_ENABLED: 'true', ...settings });
  }

  /** A call as bytes, so that what is no answer of a tool can be seen too. */
  function call(service: TestApp, key: string, name: string, given: object, headers = {}) {
    return askHttp(`${service.app.listeningOrigin}/mcp`, {
      key,
      headers: { accept: 'application/json, text/event-stream', ...headers },
      body: { jsonrpc: '2.0', id: randomUUID(), method: 'tools/call', params: { name, arguments: given } },
    });
  }

  const connect = ({ app }: TestApp) =>
    connectHttp(app.listeningOrigin, { authorization: `Bearer ${keys.ada}` });

  const businessOf = ({ logged }: TestApp) =>
    logged.filter(({ message }) => /^(memory|search|degraded)/.test(`${message}`));

  /** What differs from one line to the next that says the same. */
  const variable = (line: Record<string, unknown>) => ({
    ...{ timestamp: '', reqId: '' },
    ...('memory_id' in line && { memory_id: '' }),
  });

  const auditOf = ({ logged }: TestApp) => logged.filter(({ audit }) => audit);

  it('is called by the names that the settings give, and tells of others', async () => {
    await using service = await start({
      MCP_ALLOWED_HOSTS: 'api.example,[::1]',
      MCP_ALLOWED_ORIGINS: 'app.example',
    });
    const ask = (host: string, origin: string) =>
      call(service, keys.ada, 'list_memories', {}, { host, origin });
    expect((await ask('api.example:8443', 'https://app.example')).status).toBe(200);
    expect((await ask('[::1]:8443', 'https://app.example')).status).toBe(200);
    const named = await ask('localhost', 'https://app.example');
    expect([named.status, named.body.error.error_code]).toEqual([403, 'HOST_NOT_ALLOWED']);
    const page = await ask('api.example', 'https://localhost');
    expect([page.status, page.body.error.error_code]).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
    const suspicious = auditOf(service).filter(({ event }) => event === 'suspicious_activity');
    expect(suspicious.map(({ reason, route }) => [reason, route])).toEqual(
      ['host', 'origin'].map((it) => [
        `the header "${it}" names a host that is not allowed here`,
        'POST /mcp',
      ]),
    );
  });

  it('tells the audit log of calls that were refused, and of them alone that they were', async () => {
    await using service = await start();
    await using ada = await connect(service);
    const before = auditOf(service).length;
    expect((await ada.call('list_memories', { user_id: 'ben' })).failed).toBe(true);
    expect(auditOf(service).slice(before)).toMatchObject([
      { event: 'data_access', outcome: 'denied', user_id: 'ada', route: 'POST /mcp' },
      { event: 'suspicious_activity', reason: 'access to data of another user' },
    ]);
    expect((await ada.call('get_memory', { id: "1' or '1'='1" })).failed).toBe(true);
    expect(auditOf(service).at(-1)).toMatchObject({
      event: 'suspicious_activity',
      reason: 'probe in an id',
    });
    expect((await ada.call('list_memories', {})).failed).toBe(false);
    await expect
      .poll(() => auditOf(service).at(-1))
      .toMatchObject({ event: 'data_access', outcome: 'allowed' });
  });

  it.each([
    ['get_memory', {}],
    ['update_memory', { content: 'Taken over' }],
    ['delete_memory', {}],
  ])('tells the audit log who called %s for a memory of somebody else', async (tool, more) => {
    await using service = await start();
    const given = { user_id: 'ben', kind: 'fact', content: 'A secret of Ben' };
    const path = `${service.app.listeningOrigin}/api/v1/memories`;
    const { id } = (await askHttp(path, { key: keys.everybody, body: given })).body.data;
    await using ada = await connect(service);
    const { error } = (await ada.call(tool, { id, ...more })).text;
    expect(error.error_code).toBe('NOT_FOUND');
    const about = { user_id: 'ada', memory_id: id, route: 'POST /mcp', tool };
    expect(auditOf(service).slice(-2)).toMatchObject([
      { event: 'data_access', outcome: 'denied', reason: 'belongs to another user', ...about },
      { event: 'suspicious_activity', reason: 'access to data of another user', ...about },
    ]);
    const kept = await askHttp(`${path}/${id}`, { key: keys.everybody });
    expect(kept.body.data.content).toBe(given.content);
  });

  it('tells the audit log whose data was read with the key of a service, in which request', async () => {
    await using service = await start();
    const path = `${service.app.listeningOrigin}/api/v1/memories`;
    const key = keys.everybody;
    const body = { user_id: 'ben', kind: 'fact', content: 'A secret of Ben' };
    const { id } = (await askHttp(path, { key, body })).body.data;
    await askHttp(`${path}/${id.toUpperCase()}`, { key });
    const about = { event: 'data_access', outcome: 'allowed', memory_id: id };
    await expect
      .poll(() => auditOf(service).at(-1))
      .toMatchObject({ ...about, user_id: 'ben', route: 'GET /api/v1/memories/:id' });
    const { reqId } = auditOf(service).at(-1)!;
    await expect
      .poll(() => service.logged.filter((line) => line.reqId === reqId).map(({ message }) => message))
      .toEqual(expect.arrayContaining(['data_access', 'request completed']));

    await call(service, key, 'list_memories', { user_id: 'ben' });
    await expect.poll(() => auditOf(service).at(-1)).toMatchObject({ tool: 'list_memories' });
    expect(auditOf(service).at(-1)).not.toHaveProperty('memory_id');
    await call(service, key, 'get_memory', { id });
    await expect
      .poll(() => auditOf(service).at(-1))
      .toMatchObject({ ...about, user_id: 'ben', route: 'POST /mcp', tool: 'get_memory' });

    // A body that is not read can neither hide a deletion nor say that it was another's, or a tool's.
    const callOf = { name: 'get_memory', arguments: { user_id: 'cy', id: randomUUID() } };
    const misleading = { jsonrpc: '2.0', method: 'tools/list', user_id: 'cy', params: callOf };
    const deleted = await askHttp(`${path}/${id}`, { key, body: misleading, method: 'DELETE' });
    expect(deleted.status).toBe(204);
    const route = 'DELETE /api/v1/memories/:id';
    await expect.poll(() => auditOf(service).at(-1)).toMatchObject({ ...about, user_id: 'ben', route });
    expect(auditOf(service).at(-1)).not.toHaveProperty('tool');
  });

  it('tells the audit log of no access where a message calls no tool', async () => {
    await using service = await start();
    await using ada = await connect(service);
    await ada.client.listTools();
    await call(service, keys.ada, 'drop_table', { user_id: 'ada' });
    const asked = () => service.logged.filter(({ route }) => route === '/mcp');
    await expect.poll(() => asked().length).toBeGreaterThan(2);
    expect(auditOf(service).filter(({ event }) => event === 'data_access')).toEqual([]);
  });

  it('counts a call with the key of a service for the user whom it names', async () => {
    const [busy, other] = [randomUUID(), randomUUID()];
    await using service = await start({ RATE_LIMIT_PER_USER: '2' });
    const list = (user_id: string) => call(service, keys.everybody, 'list_memories', { user_id });
    expect([(await list(busy)).status, (await list(busy)).status]).toEqual([200, 200]);
    const refused = await list(busy);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.body.error).toMatchObject({ error_code: 'RATE_LIMIT_EXCEEDED', recoverable: true });
    expect(auditOf(service).at(-1)).toMatchObject({ event: 'rate_limit_exceeded', user_id: busy });
    expect((await list(other)).status).toBe(200);
  });

  it('answers a call in the words of MCP before REQUEST_TIMEOUT_MS is over', async () => {
    await using service = await start({ REQUEST_TIMEOUT_MS: '1500' });
    await using ada = await connect(service);
    const locking = new pg.Client({ connectionString: postgres.url });
    await locking.connect();
    try {
      await locking.query('begin; lock table memories');
      const { error } = (await ada.call('get_memory', { id: randomUUID() })).text;
      expect(error).toMatchObject({ error_code: 'DEADLINE_EXCEEDED', recoverable: true });
      expect(error.details.timeout_ms).toBeLessThan(1500);
      expect(error.details.timeout_ms).toBeGreaterThan(1000);
    } finally {
      await locking.end();
    }
  });

  it.each([
    ['by meaning', {}, 'search done'],
    ['by words', { EMBEDDINGS_URL: 'http://127.0.0.1:1/v1', RETRY_ATTEMPTS: '1' }, 'degraded answer'],
  ])('tells the log what happened to whom, in the words of HTTP: a search %s', async (_, settings, said) => {
    await using service = await start(settings);
    const user_id = randomUUID();
    // Nobody has asked for the embeddings of these texts before.
    const word = randomUUID().slice(0, 8);
    const path = `${service.app.listeningOrigin}/api/v1/memories`;
    const http = (rest: string, body?: object, method?: string) =>
      askHttp(path + rest, { key: keys.everybody, ...(body && { body }), ...(method && { method }) });
    const fact = { user_id, kind: 'fact', content: `a secret garden ${word}` };
    const query = { user_id, query: `garden ${word}` };

    const created = await http('', fact);
    await http('/search', query);
    const { id } = created.body.data;
    await http(`/${id}`, { kind: 'reflection' }, 'PATCH');
    await http(`/${id}`, undefined, 'DELETE');
    const byHttp = businessOf(service);

    const headers = { authorization: `Bearer ${keys.everybody}` };
    await using everybody = await connectHttp(service.app.listeningOrigin, headers);
    const made = await everybody.call('create_memory', fact);
    await everybody.call('search_memories', query);
    const one = { id: made.structured.data.id };
    await everybody.call('update_memory', { ...one, kind: 'reflection' });
    await everybody.call('delete_memory', one);
    const byMcp = businessOf(service).slice(byHttp.length);

    const whose = { level: 'info', user_id };
    expect(byMcp).toMatchObject([
      { ...whose, message: 'memory created', memory_id: one.id, kind: 'fact' },
      { ...whose, message: expect.stringContaining(said), results: 1 },
      { ...whose, message: 'memory updated', memory_id: one.id, kind: 'reflection' },
      { ...whose, message: 'memory deleted', memory_id: one.id, kind: 'reflection' },
    ]);
    expect(byMcp.map((line) => ({ ...line, ...variable(line) }))).toEqual(
      byHttp.map((line) => ({ ...line, ...variable(line) })),
    );
    expect(JSON.stringify(byMcp)).not.toContain('garden');
  });

  it.each([
    [
      'nothing there',
      'get_memory',
      { id: '00000000-0000-4000-8000-00000000ffff' },
      '/00000000-0000-4000-8000-00000000ffff',
    ],
    ["another's", 'list_memories', { user_id: 'ben' }, '?user_id=ben'],
  ])('answers as HTTP does: %s', async (_, tool, given, path) => {
    await using service = await start();
    await using ada = await connect(service);
    const { error } = (await ada.call(tool, given)).text;
    const url = `${service.app.listeningOrigin}/api/v1/memories${path}`;
    const http = await askHttp(url, { key: keys.ada });
    expect(error).toEqual({ ...http.body.error, timestamp: expect.any(String) });
    expect(Object.keys(error)).toEqual(Object.keys(http.body.error));
  });
});
