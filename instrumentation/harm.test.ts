import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FixtureService, nodeBinaries } from './testing/service.ts';
import { Sink } from './testing/sink.ts';

/** For processes that start while the machine does something else. */
const patienceMs = 60_000;
const uuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
const deadEndpoint = {
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
  ORDEAL_LOKI_URL: 'http://127.0.0.1:9',
};

/** Accepts connections and never answers. */
async function hangingEndpoint() {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, ORDEAL_LOKI_URL: url, OTEL_BSP_SCHEDULE_DELAY: '50' },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.each(nodeBinaries)('%s', { timeout: patienceMs }, (node) => {
  describe('every answer', () => {
    let service: FixtureService;
    beforeAll(async () => {
      service = await new FixtureService('http-raw.js', { node }).listening();
    }, patienceMs);
    afterAll(() => service[Symbol.asyncDispose]());

    it.each([
      ['/head', 200, 'head'],
      ['/head-list', 200, 'head'],
      ['/stream', 200, 'first last'],
      ['/empty', 204, ''],
      ['/nowhere', 404, ''],
    ])('%s is as without, plus a request id', async (path, status, body) => {
      const response = await fetch(service.url + path);
      expect([response.status, await response.text()]).toEqual([status, body]);
      expect(response.headers.get('x-request-id')).toMatch(uuid);
    });

    it('an id that cannot be used is replaced, one that can is kept', async () => {
      const answered = async (id: string) =>
        (await fetch(`${service.url}/head`, { headers: { 'x-request-id': id } })).headers.get('x-request-id');
      expect(await answered('my.id_1-a')).toBe('my.id_1-a');
      expect(await answered('x'.repeat(8000))).toMatch(uuid);
    });

    it('a connection that the service destroys is destroyed', async () => {
      await expect(fetch(`${service.url}/destroyed`)).rejects.toThrow();
    });
  });

  it.each(['', 'exit', 'close', 'only-mine'])(
    'SIGTERM with handler %j ends the service as without',
    async (handler) => {
      await using sink = await Sink.start();
      const run = async (env: Record<string, string>, preloaded: boolean) => {
        const service = await new FixtureService('http-raw.js', { node, env, preloaded }).listening();
        await (await fetch(`${service.url}/head`, { headers: { connection: 'close' } })).text();
        const stoppedAt = performance.now();
        const { code, signal } = await service.stop('SIGTERM');
        return { code, signal, tookMs: performance.now() - stoppedAt };
      };
      const { tookMs: _, ...plain } = await run({ HANDLER: handler }, false);
      expect(await run({ HANDLER: handler, ...sink.environment }, true)).toMatchObject(plain);
      const dead = await run({ HANDLER: handler, ...deadEndpoint }, true);
      expect(dead).toMatchObject(plain);
      expect(dead.tookMs).toBeLessThan(5000);
    },
    patienceMs,
  );

  it.each([
    ['', {}],
    ['an exit code of its own and a worker thread', { WORKER: '1' }],
    ['a throw', { THROW: '1' }],
    ['a listener for beforeExit', { BEFORE_EXIT: '1' }],
  ])(
    'a service that ends by itself does so as without: %s',
    async (_, given) => {
      await using hanging = await hangingEndpoint();
      const outcome = async (env: object, preloaded: boolean) => {
        const service = new FixtureService('ends-by-itself.js', {
          listens: false,
          node,
          env: { ...given, ...env },
          preloaded,
        });
        const { code, signal, stdout, heldMs } = await service.ended;
        return { code, signal, lines: stdout.split('\n').length, heldMs };
      };
      const { heldMs: __, ...plain } = await outcome({}, false);
      expect(await outcome({}, true)).toMatchObject(plain);
      expect(await outcome(deadEndpoint, true)).toMatchObject(plain);
      const held = await outcome(hanging.env, true);
      expect(held).toMatchObject(plain);
      expect(held.heldMs).toBeLessThan(5000);
    },
    patienceMs,
  );

  it('what a service did last is sent when it ends by itself', async () => {
    await using sink = await Sink.start();
    const env = {
      ...sink.environment,
      OTEL_BSP_SCHEDULE_DELAY: '60000',
      OTEL_METRIC_EXPORT_INTERVAL: '60000',
    };
    const service = new FixtureService('ends-by-itself.js', { listens: false, node, env });
    expect(await service.ended).toMatchObject({ code: 3, stderr: '' });
    expect(sink.spans.map(({ kind }) => kind).toSorted()).toEqual([2, 3]);
    expect(sink.lines.map(({ fields }) => fields.message)).toEqual(['done']);
    expect(sink.points.some(({ metric }) => metric === 'http.server.request.duration')).toBe(true);
  });

  it('tells once of an endpoint for lines that is dead', async () => {
    const service = new FixtureService('ends-by-itself.js', { listens: false, node, env: deadEndpoint });
    const { code, stderr } = await service.ended;
    expect(code).toBe(3);
    expect(stderr).toBe(
      '@ordeal/preload: log lines cannot be pushed to http://127.0.0.1:9: connect ECONNREFUSED 127.0.0.1:9 (told once; the service is not affected)\n',
    );
  });

  it.each([
    [{ ORDEAL_LOKI_URL: 'nowhere' }, 1],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: ':::' }, 1],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_EXPORTER_OTLP_HEADERS: '%%%=%%' }, 0],
    [{ OTEL_BSP_SCHEDULE_DELAY: 'soon', OTEL_METRIC_EXPORT_INTERVAL: '-1', OTEL_TRACES_SAMPLER: 'some' }, 1],
    [{ OTEL_SDK_DISABLED: 'true' }, 0],
  ])('%j harms nothing', async (env, told) => {
    await using service = await new FixtureService('http-raw.js', { node, env }).listening();
    expect(await (await fetch(`${service.url}/head`)).text()).toBe('head');
    const { signal, stderr } = await service.stop('SIGTERM');
    expect(signal).toBe('SIGTERM');
    expect(stderr.split('\n').length - 1).toBe(told);
  });

  it.each([{}, { OTEL_TRACES_EXPORTER: 'otlp', OTEL_METRICS_EXPORTER: 'otlp' }])(
    'connects to nothing when no endpoint is named: %j',
    async (given) => {
      const sockets = async (preloaded: boolean) => {
        const env = { NODE_DEBUG: 'net', ...given };
        const service = new FixtureService('ends-by-itself.js', { listens: false, node, env, preloaded });
        return (await service.ended).stderr.split('\n').filter((line) => line.includes('connect: ')).length;
      };
      const plain = await sockets(false);
      expect(plain).toBeGreaterThan(0);
      expect(await sockets(true)).toBe(plain);
    },
  );
});
