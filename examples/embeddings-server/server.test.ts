import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultHttpEmbedderOptions, HttpEmbedder } from '../memory-api/embeddings/http-embedder.ts';
import { defaultGuardOptions } from '../memory-api/resilience/call-guard.ts';
import { until } from '../memory-api/test-servers.ts';

let server: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  server = await serve({});
});

afterAll(() => server?.[Symbol.asyncDispose]());

describe('the embeddings server', () => {
  it('gives the same embedding, of length 1, for the same text', async () => {
    const first = await ask({ model: 'any', input: 'coffee' });
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      object: 'list',
      model: 'any',
      data: [{ object: 'embedding', index: 0 }],
      usage: { prompt_tokens: 1, total_tokens: 1 },
    });
    const [{ embedding }] = first.body.data;
    expect(embedding).toHaveLength(384);
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
    expect((await ask({ model: 'any', input: 'coffee' })).body).toEqual(first.body);
  });

  it('gives one for each of many texts, with as many dimensions as wanted', async () => {
    const input = ['the dog sleeps', 'a sleepy dog', 'the tax return'];
    const { body } = await ask({ model: 'any', input, dimensions: 512 });
    expect(body.data.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2]);
    for (const { embedding } of body.data) expect(embedding).toHaveLength(512);
  });

  it('gives 4-byte floats in base64, as the SDK of OpenAI asks', async () => {
    const floats = (await ask({ model: 'any', input: 'tea', dimensions: 8 })).body.data[0].embedding;
    const { body } = await ask({ model: 'any', input: 'tea', dimensions: 8, encoding_format: 'base64' });
    const bytes = Buffer.from(body.data[0].embedding, 'base64');
    expect(bytes).toHaveLength(8 * 4);
    for (const [at, value] of floats.entries()) expect(bytes.readFloatLE(at * 4)).toBeCloseTo(value, 5);
  });

  it('serves the embedder of the memory API', async () => {
    const embedder = new HttpEmbedder({
      ...defaultHttpEmbedderOptions,
      baseUrl: `${server.url}/v1`,
      model: 'hashing',
      dimensions: 384,
      guard: defaultGuardOptions,
    });
    expect(await embedder.embedAll(['coffee', 'tea'])).toHaveLength(2);
  });

  it('says that it is well', async () => {
    const response = await fetch(`${server.url}/health`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  it.each([
    ['no JSON', '{', 400, 'body'],
    ['no object', '[]', 400, 'body'],
    ['null', 'null', 400, 'body'],
    ['no model', { input: 'x' }, 400, 'model'],
    ['an empty model', { model: '', input: 'x' }, 400, 'model'],
    ['no text', { model: 'any' }, 400, 'input'],
    ['an empty text', { model: 'any', input: '' }, 400, 'input'],
    ['an empty list', { model: 'any', input: [] }, 400, 'input'],
    ['a number among texts', { model: 'any', input: ['x', 1] }, 400, 'input'],
    ['too many texts', { model: 'any', input: new Array(2049).fill('x') }, 400, 'input'],
    ['no dimensions', { model: 'any', input: 'x', dimensions: 0 }, 400, 'dimensions'],
    ['half a dimension', { model: 'any', input: 'x', dimensions: 1.5 }, 400, 'dimensions'],
    ['too many dimensions', { model: 'any', input: 'x', dimensions: 4097 }, 400, 'dimensions'],
    ['another format', { model: 'any', input: 'x', encoding_format: 'xml' }, 400, 'encoding_format'],
  ])('refuses %s', async (_what, body, status, param) => {
    const answer = await ask(body);
    expect(answer).toEqual({
      status,
      body: {
        error: {
          message: expect.stringMatching(new RegExp(`^${param}: expected `)),
          type: 'invalid_request_error',
          param,
          code: null,
        },
      },
    });
  });

  it('reads no more than its limit', async () => {
    const chunk = Buffer.alloc(1024 * 1024, ' ');
    const posting = request(`${server.url}/v1/embeddings`, { method: 'POST' });
    // It may close the connection while there is more to come.
    posting.on('error', () => {});
    const answered = once(posting, 'response');
    for (let sent = 0; sent < 17; sent += 1) posting.write(chunk);
    const [response] = await answered;
    posting.destroy();
    expect(response.statusCode).toBe(413);
  });

  it.each([
    ['GET', '/v1/embeddings'],
    ['POST', '/health'],
    ['GET', '/'],
  ])('knows no %s %s', async (method, path) => {
    const response = await fetch(server.url + path, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', code: 'unknown_url' },
    });
  });

  it('writes a line of JSON for each request, without its text', async () => {
    await ask({ model: 'any', input: 'my secret diary' });
    await until(() => server.output().includes('"message":"answered"'));
    const lines = server.output().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toContainEqual({
      level: 'info',
      timestamp: expect.any(String),
      message: 'answered',
      method: 'POST',
      path: '/v1/embeddings',
      status: 200,
      duration_ms: expect.any(Number),
    });
    expect(server.output()).not.toContain('diary');
  });
});

describe('the process', () => {
  it('wants its key, when it has one, and never shows it', async () => {
    await using guarded = await serve({ API_KEY: 'sk-hidden', DIMENSIONS: '8' });
    const body = { model: 'any', input: 'x' };
    for (const authorization of [undefined, 'Bearer wrong', 'sk-hidden']) {
      const refused = await ask(body, guarded.url, authorization);
      expect(refused).toMatchObject({ status: 401, body: { error: { code: 'invalid_api_key' } } });
    }
    const { status, body: given } = await ask(body, guarded.url, 'Bearer sk-hidden');
    expect([status, given.data[0].embedding.length]).toEqual([200, 8]);
    expect((await fetch(`${guarded.url}/health`)).status).toBe(200);
    expect(guarded.output()).not.toContain('hidden');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes what is in flight at %s, then ends with 0',
    async (signal) => {
      await using stopping = await serve({});
      const posting = request(`${stopping.url}/v1/embeddings`, {
        method: 'POST',
        headers: { expect: '100-continue' },
      });
      const answered = once(posting, 'response');
      posting.flushHeaders();
      // The server has begun with it.
      await once(posting, 'continue');
      stopping.kill(signal);
      await until(() => refuses(stopping.url));
      posting.end(JSON.stringify({ model: 'any', input: 'the last' }));
      const [response] = await answered;
      response.resume();
      expect(response.statusCode).toBe(200);
      expect(await stopping.exited).toEqual([0, null]);
      expect(stopping.output()).toContain('"message":"stopped"');
    },
  );

  it('is not held up by connections that do nothing', async () => {
    await using stopping = await serve({});
    await fetch(`${stopping.url}/health`).then((response) => response.text());
    stopping.kill('SIGTERM');
    expect(await stopping.exited).toEqual([0, null]);
  });

  it('names everything that is wrong with its settings, and ends with 78', async () => {
    await using failed = run({ PORT: 'http', DIMENSIONS: '0' });
    expect(await failed.exited).toEqual([78, null]);
    const line = JSON.parse(failed.output());
    expect(line.level).toBe('fatal');
    expect(line.message).toMatch(/PORT: .*65535.*it is "http"/);
    expect(line.message).toMatch(/DIMENSIONS: .*4096.*it is "0"/);
  });

  it('ends with 1 when the port is taken', async () => {
    await using failed = run({ PORT: new URL(server.url).port });
    expect(await failed.exited).toEqual([1, null]);
    expect(JSON.parse(failed.output())).toMatchObject({
      level: 'fatal',
      message: expect.stringContaining('EADDRINUSE'),
    });
  });
});

async function ask(body: unknown, url = server.url, authorization?: string) {
  const response = await fetch(`${url}/v1/embeddings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  return { status: response.status, body: (await response.json()) as any };
}

async function serve(settings: Record<string, string>) {
  const child = run({ PORT: '0', ...settings });
  const listening = /listening at (http:\/\/[\d.:]+)/;
  try {
    await until(() => listening.test(child.output()));
    return { ...child, url: listening.exec(child.output())![1]! };
  } catch (cause) {
    await child[Symbol.asyncDispose]();
    throw new Error(`the server does not listen:\n${child.output()}`, { cause });
  }
}

function run(settings: Record<string, string>) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'server.ts')], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    exited,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    output: () => output,
    /** A test that fails leaves no process behind. */
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function refuses(url: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
  return promise.finally(() => socket.destroy());
}
