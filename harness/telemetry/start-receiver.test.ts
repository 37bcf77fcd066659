import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bodyLimitBytes } from './body.ts';
import { durationMs, sendLog, sendMetrics, sendTrace, startedAtMs, type Wire } from './fixtures/senders.ts';
import { readTraces } from './read-traces.ts';
import type { ReceiverOptions } from './receiver.ts';
import { startReceiver } from './start-receiver.ts';

type ReceivedEntry = Parameters<ReceiverOptions['onEntry']>[0];

let folder: string;
let entries: ReceivedEntry[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ordeal-telemetry-test-'));
  entries = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('what the exporters of the SDK send', () => {
  const wires: Wire[] = [
    { encoding: 'json', gzip: false },
    { encoding: 'json', gzip: true },
    { encoding: 'protobuf', gzip: false },
    { encoding: 'protobuf', gzip: true },
  ];

  it.each(wires)('traces: $encoding, gzip $gzip', async (wire) => {
    await using receiver = await start();
    const { traceId, serverId, clientId } = await sendTrace(receiver.url, wire);
    expect(receiver.serverSpans).toBe(1);
    await receiver[Symbol.asyncDispose]();
    expect(receiver.serverSpans).toBe(1);

    const [span, telemetry] = entries;
    expect(span).toEqual({
      kind: 'span',
      atMs: expect.closeTo(startedAtMs, 2),
      durationMs: expect.closeTo(durationMs, 2),
      name: 'GET /memories/:id',
      traceId,
      status: 503,
      requestId: 'req-1',
    });
    expect(telemetry).toMatchObject({ kind: 'telemetry', spans: 2, serverSpans: 1, malformed: 0 });
    expect(await readTraces(folder, new Set([traceId, 'f'.repeat(32)]))).toEqual(
      new Map([
        [
          traceId,
          [
            {
              spanId: serverId,
              name: 'GET /memories/:id',
              spanKind: 'server',
              startMs: expect.closeTo(startedAtMs, 2),
              durationMs: expect.closeTo(durationMs, 2),
              error: false,
              attributes: {
                'request.id': 'req-1',
                'http.response.status_code': 503,
                ratio: 0.5,
                cached: false,
                hits: 0,
                note: '',
                long: 'x'.repeat(200),
              },
            },
            {
              spanId: clientId,
              parentSpanId: serverId,
              name: 'GET',
              spanKind: 'client',
              startMs: expect.closeTo(startedAtMs + 1, 2),
              durationMs: expect.closeTo(1, 2),
              error: true,
              attributes: {},
            },
          ],
        ],
      ]),
    );
  });

  it.each(wires)('metrics: $encoding, gzip $gzip', async (wire) => {
    const beforeMs = Date.now();
    await using receiver = await start();
    await sendMetrics(receiver.url, wire);
    await receiver[Symbol.asyncDispose]();
    const [breaker, telemetry] = entries;
    expect(breaker).toEqual({
      kind: 'breaker',
      atMs: expect.any(Number),
      breaker: 'redis',
      state: 'half-open',
      source: 'sample',
    });
    expect(breaker!.atMs).toBeGreaterThanOrEqual(beforeMs - 1);
    expect(breaker!.atMs).toBeLessThanOrEqual(Date.now() + 1);
    expect(telemetry).toMatchObject({ metricPoints: 5, malformed: 0 });
    const names = JSON.stringify(rawLines('metrics')[0]).match(
      /"name":"(calls|duration|circuit_breaker\.state)"/g,
    );
    expect(names).toHaveLength(3);
    expect(JSON.stringify(rawLines('metrics')[0]).match(/"as(Int|Double)":"?0"?[,}]/g)).toHaveLength(2);
  });

  it.each(wires)('logs: $encoding, gzip $gzip', async (wire) => {
    await using receiver = await start();
    await sendLog(receiver.url, wire);
    await receiver[Symbol.asyncDispose]();
    expect(entries).toEqual([expect.objectContaining({ kind: 'telemetry', logLines: 1, malformed: 0 })]);
    expect(JSON.stringify(rawLines('logs')[0])).toContain('"stringValue":"hello"');
  });
});

describe('a Loki push', () => {
  const transition = JSON.stringify({
    event: 'circuit_breaker.transition',
    'circuit_breaker.name': 'redis',
    'circuit_breaker.state': 'open',
  });
  const push = {
    streams: [
      {
        stream: { app: 'a' },
        values: [['1760000000123456789', 'plain text about circuit_breaker.transition']],
      },
      {
        stream: { app: 'b' },
        values: [
          ['1760000000223456789', transition, { trace_id: 'x' }],
          ['1', '{}'],
        ],
      },
    ],
  };

  it.each([
    ['plain', JSON.stringify(push), {}],
    ['gzip', gzipSync(JSON.stringify(push)), { 'content-encoding': 'gzip' }],
    ['over several lines', JSON.stringify(push, null, '\r\n'), {}],
  ])('%s gives the transition at the time of its line', async (_name, body, headers) => {
    await using receiver = await start();
    const answer = await post(`${receiver.url}/loki/api/v1/push`, body, headers);
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    await receiver[Symbol.asyncDispose]();
    expect(entries).toEqual([
      {
        kind: 'breaker',
        atMs: expect.closeTo(1760000000223.457, 2),
        breaker: 'redis',
        state: 'open',
        source: 'transition',
      },
      expect.objectContaining({ logLines: 3, malformed: 0 }),
    ]);
    expect(rawLines('logs')).toEqual([push]);
  });
});

describe('answers', () => {
  it('are what OTLP expects', async () => {
    await using receiver = await start();
    const json = await post(`${receiver.url}/v1/traces`, '{}', {
      'content-type': 'application/json; charset=utf-8',
    });
    expect([json.status, json.headers.get('content-type'), await json.text()]).toEqual([
      200,
      'application/json; charset=utf-8',
      '{}',
    ]);
    const protobuf = await post(`${receiver.url}/v1/logs`, '', { 'content-type': 'application/x-protobuf' });
    expect([protobuf.status, protobuf.headers.get('content-type'), await protobuf.text()]).toEqual([
      200,
      'application/x-protobuf',
      '',
    ]);
  });

  const json = { 'content-type': 'application/json' };
  const protobuf = { 'content-type': 'application/x-protobuf' };
  const zip = { ...json, 'content-encoding': 'gzip' };
  const halfASpan = { resourceSpans: [{ scopeSpans: [{ spans: [{ kind: 2, name: 'no times' }] }] }] };
  it.each<[string, number, string, string | Buffer, Record<string, string>, number]>([
    ['broken JSON', 400, '/v1/traces', '{"resourceSpans":[', json, 1],
    ['another JSON value', 400, '/v1/metrics', '[1]', json, 1],
    ['JSON of another shape', 400, '/v1/traces', '{"resourceSpans":[null]}', json, 1],
    ['a list that is none', 400, '/v1/logs', '{"resourceLogs":{"a":1}}', json, 1],
    ['a span without times', 400, '/v1/traces', JSON.stringify(halfASpan), json, 1],
    ['broken protobuf', 400, '/v1/traces', Buffer.from([0x0a, 0xff, 0x01]), protobuf, 1],
    ['broken gzip', 400, '/v1/traces', 'not gzip', zip, 1],
    ['a Loki push without streams', 400, '/loki/api/v1/push', '{}', json, 1],
    ['a Loki push in protobuf', 415, '/loki/api/v1/push', 'x', protobuf, 1],
    ['another type', 415, '/v1/traces', '{}', { 'content-type': 'text/plain' }, 1],
    ['another encoding', 415, '/v1/traces', '{}', { ...json, 'content-encoding': 'br' }, 1],
    ['a huge body', 413, '/v1/traces', Buffer.alloc(bodyLimitBytes + 1, ' '), json, 1],
    ['a huge body in a small one', 413, '/v1/traces', gzipSync(Buffer.alloc(bodyLimitBytes + 1)), zip, 1],
    ['another path', 404, '/v1/profiles', '{}', json, 0],
  ])('refuse %s with %d, and go on', async (_what, status, path, body, headers, malformed) => {
    await using receiver = await start();
    const answer = await post(receiver.url + path, body, headers);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toMatch(/Expected|cannot be read/);
    await sendTrace(receiver.url, { encoding: 'json', gzip: false });
    await receiver[Symbol.asyncDispose]();
    expect([total('spans'), total('malformed')]).toEqual([2, malformed]);
    expect(rawLines('traces')).toHaveLength(1);
  });

  it('refuse other methods', async () => {
    await using receiver = await start();
    expect((await fetch(`${receiver.url}/v1/traces`)).status).toBe(405);
  });
});

describe('counts', () => {
  it('come about once a second while something arrives, and add up', async () => {
    await using receiver = await start();
    await sendTrace(receiver.url, { encoding: 'json', gzip: false });
    await expect.poll(() => counts().length, { timeout: 3000 }).toBe(1);
    await sendTrace(receiver.url, { encoding: 'json', gzip: false });
    await receiver[Symbol.asyncDispose]();
    expect(counts()).toMatchObject([{ serverSpans: 1 }, { serverSpans: 1 }]);
    expect(receiver.serverSpans).toBe(2);
  });

  it('do not come when nothing arrives', async () => {
    await using receiver = await start();
    await receiver[Symbol.asyncDispose]();
    expect(entries).toEqual([]);
  });

  const counts = () => entries.filter(({ kind }) => kind === 'telemetry');
});

describe('passing on', () => {
  it.each<Wire>([
    { encoding: 'json', gzip: true },
    { encoding: 'protobuf', gzip: false },
  ])('gives another receiver the same ($encoding, gzip $gzip)', async (wire) => {
    const secondFolder = join(folder, 'second');
    mkdirSync(secondFolder);
    const seen: ReceivedEntry[] = [];
    const second = await startReceiver({ folder: secondFolder, onEntry: (entry) => seen.push(entry) });
    const first = await start({ forwardTo: `${second.url}/` });
    await sendTrace(first.url, wire);
    await sendMetrics(first.url, wire);
    await sendLog(first.url, wire);
    await first[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
    expect(first.notForwarded).toBe(0);
    expect(seen).toEqual([
      entries.find(({ kind }) => kind === 'span'),
      expect.objectContaining({ spans: 2, metricPoints: 0, logLines: 0, malformed: 0 }),
    ]);
    expect(readFileSync(join(secondFolder, 'traces.ndjson'))).toEqual(
      readFileSync(join(folder, 'traces.ndjson')),
    );
  });

  it('gives Loki the pushes and nothing else', async () => {
    const pushed: string[] = [];
    const loki = createServer(async (request, response) => {
      pushed.push(`${request.url} ${await text(request)}`);
      response.writeHead(204).end();
    });
    await using taker = await listen(loki);
    await using receiver = await start({ forwardLinesTo: taker.url });
    const push = JSON.stringify({ streams: [{ stream: { level: 'info' }, values: [['1', '{}']] }] });
    await post(`${receiver.url}/loki/api/v1/push`, push);
    await sendTrace(receiver.url, { encoding: 'json', gzip: false });
    await receiver[Symbol.asyncDispose]();
    expect(pushed).toEqual([`/loki/api/v1/push ${push}`]);
    expect(receiver.notForwarded).toBe(0);
  });

  it('to nobody is counted, and nobody waits for it', async () => {
    await using receiver = await start({ forwardTo: `http://127.0.0.1:${await closedPort()}` });
    for (let sent = 0; sent < 3; sent += 1) await sendTrace(receiver.url, { encoding: 'json', gzip: false });
    await receiver[Symbol.asyncDispose]();
    expect(receiver.notForwarded).toBe(3);
    expect(receiver.serverSpans).toBe(3);
  });

  it('counts what was refused', async () => {
    await using busy = await listen(createServer((_request, response) => response.writeHead(503).end()));
    await using receiver = await start({ forwardTo: busy.url });
    await sendTrace(receiver.url, { encoding: 'json', gzip: false });
    await vi.waitFor(() => expect(receiver.notForwarded).toBe(1));
    await receiver[Symbol.asyncDispose]();
  });
});

describe('dispose', () => {
  it('says that the files could not be written', async () => {
    const receiver = await startReceiver({ folder: join(folder, 'missing'), onEntry: () => {} });
    await sendTrace(receiver.url, { encoding: 'json', gzip: false });
    const failure = await Promise.resolve(receiver[Symbol.asyncDispose]()).catch((error: unknown) => error);
    // One error per file; the first is what was suppressed by the others.
    const first = (error: unknown): unknown =>
      error instanceof SuppressedError ? first(error.suppressed) : error;
    expect(first(failure)).toMatchObject({
      name: 'HarnessError',
      message: expect.stringMatching(/^The telemetry file .+\.ndjson cannot be written: ENOENT/),
    });
  });

  it('does not wait for a sender that keeps its connection', async () => {
    await using receiver = await start();
    await post(`${receiver.url}/v1/traces`, '{}');
    const startMs = performance.now();
    await receiver[Symbol.asyncDispose]();
    expect(performance.now() - startMs).toBeLessThan(3000);
  });
});

async function start(options: Partial<ReceiverOptions> = {}) {
  const mine = entries;
  return startReceiver({ folder, onEntry: (entry) => mine.push(entry), ...options });
}

/** Counts may come in more than one entry. */
function total(count: 'spans' | 'malformed'): number {
  return entries.reduce((sum, entry) => sum + (entry.kind === 'telemetry' ? entry[count] : 0), 0);
}

function post(url: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> {
  const bytes = new Uint8Array(Buffer.from(body));
  return fetch(url, {
    method: 'POST',
    body: bytes,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

function rawLines(signal: string): unknown[] {
  const text = readFileSync(join(folder, `${signal}.ndjson`), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function listen(server: ReturnType<typeof createServer>) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function closedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
