import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ownServer } from './own-server.ts';
import { servePage } from './prometheus-page.ts';
import { sampleRegistry, sampleText } from './testing/sample.ts';

let server: Server;
const told: string[] = [];

function serve(port: number, registry = sampleRegistry()): Server {
  const tell = (line: string) => told.push(line);
  return servePage({ host: '127.0.0.1', port, registry, text: sampleText(registry), tell });
}

const portOf = (of: Server) => (of.address() as AddressInfo).port;

beforeAll(async () => {
  server = serve(0);
  await once(server, 'listening');
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function ask(options: { method?: string; path?: string; accept?: string; port?: number }) {
  const { method = 'GET', path = '/metrics', accept, port = portOf(server) } = options;
  const headers = accept === undefined ? {} : { accept };
  const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }).end();
  const [response] = await once(sent, 'response');
  return {
    status: response.statusCode,
    type: response.headers['content-type'],
    body: await readText(response),
  };
}

it.each([
  ['GET', '/metrics', 200, /http_requests_total/],
  ['GET', '/metrics?name=x', 200, /http_requests_total/],
  ['HEAD', '/metrics', 200, /^$/],
  ['GET', '/', 404, /at \/metrics/],
  ['GET', '/%E0%A4%A', 404, /at \/metrics/],
  ['GET', '//', 404, /at \/metrics/],
  ['POST', '/metrics', 405, /only be read/],
  ['OPTIONS', '/metrics', 405, /only be read/],
])('%s %s is answered with %d', async (method, path, status, body) => {
  expect(await ask({ method, path })).toMatchObject({ status, body: expect.stringMatching(body) });
});

const prometheus =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

it.each([
  [undefined, 'text/plain; version=0.0.4; charset=utf-8'],
  ['*/*', 'text/plain; version=0.0.4; charset=utf-8'],
  ['text/html', 'text/plain; version=0.0.4; charset=utf-8'],
  [prometheus, 'application/openmetrics-text; version=1.0.0; charset=utf-8'],
  ['application/openmetrics-text', 'application/openmetrics-text; version=1.0.0; charset=utf-8'],
  ['application/openmetrics-text;q=0.1,text/plain', 'text/plain; version=0.0.4; charset=utf-8'],
  ['application/openmetrics-text;q=0', 'text/plain; version=0.0.4; charset=utf-8'],
  [';;q=,,=', 'text/plain; version=0.0.4; charset=utf-8'],
])('who accepts %s gets %s', async (accept, type) => {
  const answer = await ask(accept === undefined ? {} : { accept });
  expect(answer.type).toBe(type);
  expect(answer.body.endsWith('# EOF\n')).toBe(type.includes('openmetrics'));
});

it.each([
  ['no HTTP at all', '\x00\xff\xfegarbage\r\n\r\n'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['a header of 64 KB', `GET /metrics HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(65_536)}\r\n\r\n`],
  ['a URL of 64 KB', `GET /${'%'.repeat(65_536)} HTTP/1.1\r\nhost: x\r\n\r\n`],
  ['a URL without a slash', 'GET http://[::1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'],
  ['a URL that is no URL', 'GET //:0%zz? HTTP/1.1\r\nhost: :::\r\nconnection: close\r\n\r\n'],
  ['two lengths', 'POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n'],
  ['a wrong chunk', 'POST /metrics HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
  ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n'],
  [
    'an upgrade',
    'GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close, upgrade\r\nupgrade: websocket\r\n\r\n',
  ],
  [
    'a strange expectation',
    'GET /metrics HTTP/1.1\r\nhost: x\r\nexpect: miracles\r\nconnection: close\r\n\r\n',
  ],
  ['half a request, never finished', 'GET /metrics HTTP/1.1\r\nhost: x\r\nx-slow: '],
  ['nothing at all', ''],
  ['a body that never comes', 'POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n'],
])('%s is closed within bounds, and the page is there afterwards', async (_, bytes) => {
  const socket = connect(portOf(server), '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  const startMs = performance.now();
  socket.write(bytes, 'latin1');
  await new Promise((resolve) => socket.on('close', resolve));
  expect(performance.now() - startMs).toBeLessThan(12_000);
  expect((await ask({})).status).toBe(200);
  expect(told).toEqual([]);
});

it('of 200 connections that say nothing most are refused', async () => {
  const sockets = Array.from({ length: 200 }, () => connect(portOf(server), '127.0.0.1'));
  let open = sockets.length;
  const refused = new Promise<void>((resolve) => {
    for (const socket of sockets) {
      socket.on('error', () => {});
      socket.on('close', () => {
        if (--open <= 16) resolve();
      });
    }
  });
  await refused;
  for (const socket of sockets) socket.destroy();
});

it('a port that is taken is told in one line, and nothing else happens', async () => {
  const port = portOf(server);
  const second = serve(port);
  await once(second, 'error');
  expect(told.splice(0)).toEqual([
    `no Prometheus page on 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
  ]);
});

it('a page that cannot be made is an error of the page, told once', async () => {
  const registry = sampleRegistry();
  registry.beforeRead(() => {
    throw new Error('broken');
  });
  const broken = serve(0, registry);
  await once(broken, 'listening');
  const port = portOf(broken);
  expect([(await ask({ port })).status, (await ask({ port })).status]).toEqual([500, 500]);
  expect(told.splice(0)).toEqual(['the Prometheus page could not be made: broken']);
  broken.close();
});

it('an observed metric that never comes holds the page up for a bounded time', async () => {
  const registry = sampleRegistry();
  registry.beforeRead(() => new Promise(() => {}));
  const slow = serve(0, registry);
  await once(slow, 'listening');
  const startMs = performance.now();
  expect((await ask({ port: portOf(slow) })).status).toBe(200);
  expect(performance.now() - startMs).toBeLessThan(3000);
  slow.close();
});

it('is marked as ours', () => expect(ownServer in server).toBe(true));

it('neither the page nor a connection to it keeps the process alive', async () => {
  const child = spawn(process.execPath, [new URL('testing/page-alone.ts', import.meta.url).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const startMs = performance.now();
  const [code] = await once(child, 'exit');
  expect([String(line), code]).toEqual(['connected\n', 0]);
  // The page itself closes an idle connection after 5 s: that is not what ends the process.
  expect(performance.now() - startMs).toBeLessThan(3000);
});
