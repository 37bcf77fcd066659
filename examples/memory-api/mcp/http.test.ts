import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotFoundError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import { until } from '../test-servers.ts';
import type { MemoryOperations } from './operations.ts';
import { connectHttp, revisions } from './test-client.ts';
import { keyOf, serveHttp, type TestHttp } from './test-http.ts';

/** Reads that wait until they are let go. */
class Gate {
  readonly #opened = Promise.withResolvers<void>();
  waiting = 0;
  finished = 0;

  open(): void {
    this.#opened.resolve();
  }

  async read(id: string): Promise<Memory> {
    this.waiting += 1;
    await this.#opened.promise;
    this.finished += 1;
    throw new NotFoundError(`memory ${id}`);
  }
}

const nobody = async (): Promise<never> => {
  throw new NotFoundError('everything');
};
const none: MemoryOperations = {
  create: nobody,
  read: nobody,
  list: nobody,
  update: nobody,
  delete: nobody,
  search: nobody,
};

const message = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
const headers = {
  ...keyOf('ada'),
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

interface Answer {
  status: number;
  body: string;
}

/** Node's own client, because `fetch` sets the headers that are tried here itself. */
function ask(
  method: string,
  origin: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${origin}/mcp`, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, body: text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const post = (origin: string, more: Record<string, string>, body = message) =>
  ask('POST', origin, { ...headers, ...more }, body);

describe('what is refused before a tool is called', () => {
  let http: TestHttp;
  beforeAll(async () => {
    http = await serveHttp({ operations: none });
  });
  afterAll(() => http?.[Symbol.asyncDispose]());

  it.each([
    ['a name that was made to point here', { host: 'evil.example:80' }, 403, 'HOST_NOT_ALLOWED'],
    ['a name that only begins well', { host: 'localhost.evil.example' }, 403, 'HOST_NOT_ALLOWED'],
    ['the page of another site', { origin: 'https://evil.example' }, 403, 'ORIGIN_NOT_ALLOWED'],
    ['a page without an origin', { origin: 'null' }, 403, 'ORIGIN_NOT_ALLOWED'],
    ['no key', { authorization: '' }, 401, 'AUTHENTICATION_FAILED'],
    ['a wrong key', { authorization: 'Bearer eve' }, 401, 'AUTHENTICATION_FAILED'],
    ['another format', { 'content-type': 'application/xml' }, 415, 'CTP_INVALID_MEDIA_TYPE'],
  ])('%s', async (_, more, status, code) => {
    const answer = await post(http.origin, more);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body).error.error_code).toBe(code);
  });

  it.each([
    ['too large', JSON.stringify({ text: 'x'.repeat(70_000) }), 413, 'CTP_BODY_TOO_LARGE'],
    ['cut short', message.slice(0, -3), 400, 'CTP_INVALID_JSON_BODY'],
    ['a list of calls', `[${message},${message}]`, 400, 'VALIDATION_FAILED'],
  ])('a body that is %s', async (_, body, status, code) => {
    const answer = await post(http.origin, {}, body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body).error.error_code).toBe(code);
  });

  it.each(['7', 'null', '{}', '{"jsonrpc":"1.0"}'])('a body that is no message: %s', async (body) => {
    const answer = await post(http.origin, {}, body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } });
    expect(http.logged.findLast(({ err }) => err)).toMatchObject({
      ...{ level: 'info', error_code: 'MCP_MESSAGE_REFUSED', category: 'validation', severity: 'low' },
    });
  });

  it.each(['localhost', '127.0.0.1', '[::1]:3000'])('but not %s', async (host) => {
    const answer = await post(http.origin, { host, origin: `http://${host}` });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('create_memory');
  });

  it.each(['GET', 'DELETE'])('%s, which is for sessions', async (method) => {
    const answer = await ask(method, http.origin, keyOf('ada'));
    expect(answer.status).toBe(405);
    expect(JSON.parse(answer.body).error).toMatchObject({
      error_code: 'METHOD_NOT_ALLOWED',
      details: { problems: [{ problem: `expected one of the methods POST here, got ${method}` }] },
    });
  });

  it('metadata in which a parser would lose its way', async () => {
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    const given = `{"user_id":"ada","kind":"fact","content":"x","metadata":{"deep":${deep}}}`;
    const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"create_memory","arguments":${given}}}`;
    const answer = await post(http.origin, {}, call);
    expect(answer.body).toContain('VALIDATION_FAILED');
    expect((await post(http.origin, {})).status).toBe(200);
  });

  it('a stream of changes, of which there are none', async () => {
    await using ada = await connectHttp(http.origin, keyOf('ada'));
    const listening = ada.client.listen({ toolsListChanged: true });
    await expect(listening).rejects.toThrow(/limit reached|not support/i);
  });

  it('takes the names that it is given', async () => {
    await using named = await serveHttp({
      operations: none,
      allowedHostnames: ['api.example'],
      allowedOriginHostnames: ['app.example'],
    });
    const status = async (host: string, origin: string) =>
      (await post(named.origin, { host, origin })).status;
    expect(await status('api.example:8443', 'https://app.example')).toBe(200);
    expect(await status('localhost', 'https://app.example')).toBe(403);
    expect(await status('api.example', 'http://localhost')).toBe(403);
  });
});

describe.each(revisions)('a client that goes away while it is served, %s', (revision) => {
  it('leaves nothing behind, and the others are served', async () => {
    const gate = new Gate();
    await using http = await serveHttp({
      operations: { ...none, read: (id) => gate.read(id) },
    });
    const leaving = await connectHttp(http.origin, keyOf('ada'), revision);
    const lost = leaving.call('get_memory', { id: randomUUID() }).catch((error) => error);
    await until(() => gate.waiting === 1);
    await leaving[Symbol.asyncDispose]();
    expect(await lost).toBeInstanceOf(Error);

    await using staying = await connectHttp(http.origin, keyOf('ben'), revision);
    expect((await staying.call('list_memories', {})).text.error.error_code).toBe('NOT_FOUND');
    gate.open();
    await until(() => gate.finished === 1);
    expect((await staying.client.listTools()).tools).toHaveLength(6);
    expect(http.logged.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });

  it('is not waited for, but what it began is', async () => {
    const gate = new Gate();
    const http = await serveHttp({ operations: { ...none, read: (id) => gate.read(id) } });
    const leaving = await connectHttp(http.origin, keyOf('ada'), revision);
    const lost = leaving.call('get_memory', { id: randomUUID() }).catch((error) => error);
    await until(() => gate.waiting === 1);
    await leaving[Symbol.asyncDispose]();
    await lost;
    const finishedAtClose = http.app.close().then(() => gate.finished);
    // Long enough for the server to see that nobody is connected any more, on any machine.
    await until(() => http.app.server.listening === false);
    gate.open();
    expect(await finishedAtClose).toBe(1);
  });
});
