import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from './test-app.ts';
import { errorFields } from './test-error-fields.ts';
import { until } from './test-servers.ts';

/* What comes over a connection and is no request that anybody could be given. It needs no database. */

const settings = {
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  CACHE_ENABLED: 'false',
};

let service: TestApp;

beforeAll(async () => {
  service = await startApp(settings);
});
afterAll(() => service?.[Symbol.asyncDispose]());

/** Everything that comes back until the service closes the connection. A pattern among the steps is waited for. */
async function send({ app }: TestApp, ...steps: readonly (string | RegExp)[]): Promise<string> {
  const { port, hostname } = new URL(app.listeningOrigin);
  const socket = connect({ port: Number(port), host: hostname });
  const closed = once(socket, 'close');
  let received = '';
  socket.on('data', (chunk) => (received += chunk));
  socket.on('error', () => {});
  for (const step of steps) {
    if (typeof step === 'string') socket.write(step);
    else await until(() => step.test(received));
  }
  await closed;
  return received;
}

/** The last answer in it, whole. */
function lastAnswer(received: string) {
  const [head = '', body = ''] = received.slice(received.lastIndexOf('HTTP/1.1 ')).split('\r\n\r\n');
  const headers = head.toLowerCase().split('\r\n').slice(1);
  expect(headers).toContain('content-type: application/json; charset=utf-8');
  expect(headers).toContain(`content-length: ${Buffer.byteLength(body)}`);
  expect(headers).toContain('connection: close');
  return { status: Number(head.split(' ')[1]), error: JSON.parse(body).error };
}

const secret = 'Authorization: Bearer a-secret-key\r\n';
const get = 'GET /health/live HTTP/1.1\r\nHost: x\r\n';
const chunked = `POST /mcp HTTP/1.1\r\nHost: x\r\n${secret}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;

describe('what is no request is answered like everything else', () => {
  it.each([
    ['no HTTP', 'tea, please\r\n\r\n', 400, 'NOT_HTTP', /HTTP\/1\.1.*Parse Error/],
    ['a method that there is not', `FROB / HTTP/1.1\r\nHost: x\r\n\r\n`, 400, 'NOT_HTTP', /method/i],
    ['another version', `GET / HTTP/9.9\r\nHost: x\r\n\r\n`, 400, 'NOT_HTTP', /version/i],
    ['a header that is none', `${get}${secret}no colon\r\n\r\n`, 400, 'NOT_HTTP', /header/i],
    [
      'two lengths',
      `${get}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
      400,
      'NOT_HTTP',
      /Content-Length/,
    ],
    ['a broken chunk', `${chunked}zz\r\n`, 400, 'NOT_HTTP', /chunk/i],
    ['no Host', `GET / HTTP/1.1\r\n${secret}Connection: close\r\n\r\n`, 400, 'HOST_MISSING', /headers\.host/],
    ['long headers', `${get}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE', /16384 bytes/],
    ['long extensions', `${chunked}1;${'x'.repeat(20_000)}\r\n`, 413, 'CHUNK_EXTENSIONS_TOO_LARGE', /chunks/],
    [
      'a wish',
      `${get}Expect: tea\r\nConnection: close\r\n\r\n`,
      417,
      'EXPECTATION_FAILED',
      /headers\.expect/,
    ],
  ])('%s', async (_, bytes, status, error_code, message) => {
    const before = service.logged.length;
    const { error, ...answer } = lastAnswer(await send(service, bytes));
    expect(answer.status).toBe(status);
    expect(Object.keys(error)).toEqual(errorFields);
    const fields = { error_code, category: 'validation', severity: 'low' };
    expect(error).toMatchObject({ ...fields, recoverable: false });
    expect(error.message).toMatch(message);
    const lines = service.logged.slice(before);
    expect(lines).toContainEqual(expect.objectContaining({ ...fields, level: 'info' }));
    expect(JSON.stringify([lines, error]), 'what came').not.toMatch(/secret|rawPacket/);
  });

  it('headers that do not come to their end in time', async () => {
    const soon = { headersTimeout: 50, connectionsCheckingInterval: 10 };
    await using slow = await startApp(settings, ({ server }) => Object.assign(server, soon));
    const { status, error } = lastAnswer(await send(slow, get));
    expect([status, Object.keys(error)]).toEqual([408, errorFields]);
    const fields = { error_code: 'REQUEST_TIMEOUT', category: 'network' };
    expect(error).toMatchObject({ ...fields, recoverable: true });
    expect(slow.logged).toContainEqual(expect.objectContaining(fields));
  });

  it('what was asked before on the same connection has its answer', async () => {
    const received = await send(service, `${get}\r\n`, /"ok"/, 'tea\r\n\r\n');
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
    expect(lastAnswer(received).error.error_code).toBe('NOT_HTTP');
  });

  it('an answer that has begun is not broken by another', async () => {
    await using begun = await startApp(settings, (app) => {
      app.get('/begun', (_request, reply) => {
        reply.hijack();
        reply.raw.writeHead(200).write('the beginning');
      });
    });
    const bytes = 'GET /begun HTTP/1.1\r\nHost: x\r\n\r\n';
    const received = await send(begun, bytes, /the beginning/, 'tea\r\n\r\n');
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
  });
});
