import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../harness/setup/fixtures/parts.ts';
import { startDependencies } from './testing/dependencies.ts';
import { FixtureService, nodeBinaries, until } from './testing/service.ts';
import { Sink, type Span } from './testing/sink.ts';

const { runs, titled } = await needs('postgres', 'redis');
let dependencies: Awaited<ReturnType<typeof startDependencies>>;

beforeAll(async () => {
  dependencies = await startDependencies();
}, 60_000);
afterAll(() => dependencies?.[Symbol.asyncDispose]());

/** `name -> parent's name` of each span. */
function edges(spans: Span[]): string[] {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  return spans.map(({ name, parentSpanId = '' }) => `${name} <- ${names.get(parentSpanId)}`).toSorted();
}

async function observe(fixture: string, node: string, path: string) {
  const sink = await Sink.start();
  const service = new FixtureService(fixture, {
    node,
    env: { ...dependencies.env, ...sink.environment, UPSTREAM_URL: sink.url },
  });
  try {
    await service.listening();
    const headers = { 'x-request-id': 'request-1', 'x-user-id': 'user-1', baggage: 'private=1' };
    const response = await fetch(service.url + path, { headers });
    await response.text();
    const server = await until('the server span', () => sink.spans.find(({ kind }) => kind === 2));
    const metric = await until('the duration metric', () =>
      sink.points.find(({ metric }) => metric === 'http.server.request.duration'),
    );
    const { stdout, stderr } = await service.stop('SIGTERM');
    return {
      sink,
      server,
      metric,
      response,
      stderr,
      stdout: stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    };
  } finally {
    await service[Symbol.asyncDispose]();
    await sink[Symbol.asyncDispose]();
  }
}

describe.runIf(runs).each(nodeBinaries)(titled('a service on %s'), (node) => {
  describe.each([
    {
      fixture: 'fastify-esm.js',
      path: '/api/v1/memories/42?token=hidden',
      route: '/api/v1/memories/:id',
      redis: 'get memory:*',
      message: 'looking up',
      service: 'fixture',
      upstreamUser: 'user-1',
    },
    {
      fixture: 'express-cjs.cjs',
      path: '/notes/7?token=hidden',
      route: '/notes/:id',
      redis: 'set note:*',
      message: 'reading a note',
      service: 'its-own-name',
      upstreamUser: 'its-own',
    },
  ])('$fixture', ({ fixture, path, route, redis, message, service, upstreamUser }) => {
    let seen: Awaited<ReturnType<typeof observe>>;
    beforeAll(async () => {
      seen = await observe(fixture, node, path);
    }, 60_000);

    it('has each span once, under its parent', () => {
      const name = `GET ${route}`;
      expect(edges(seen.sink.spans)).toEqual(
        [
          `${name} <- undefined`,
          `GET <- ${name}`,
          `${redis.split(' ')[0]} <- ${name}`,
          `pg-pool.connect <- ${name}`,
          'pg.connect <- pg-pool.connect',
          `pg.query:SELECT postgres <- ${name}`,
        ].toSorted(),
      );
    });

    it('names the route, the request and the user on the server span, and the route on the metric', () => {
      expect(seen.server.attributes).toMatchObject({
        'http.route': route,
        'http.response.status_code': 200,
        'request.id': 'request-1',
        'user.id': 'user-1',
        'url.query': 'token=*',
      });
      expect(seen.metric.attributes).toMatchObject({ 'http.route': route });
      expect(seen.server.resource).toMatchObject({ 'service.name': 'fixture', 'service.version': '1.2.3' });
    });

    it('answers and calls with the request id, and leaves what the service sets itself', () => {
      expect(seen.response.headers.get('x-request-id')).toBe('request-1');
      expect(seen.sink.upstream).toHaveLength(1);
      expect(seen.sink.upstream[0]).toMatchObject({
        'x-request-id': 'request-1',
        'x-user-id': upstreamUser,
        traceparent: expect.stringContaining(seen.server.traceId),
      });
      expect(seen.sink.upstream[0]).not.toHaveProperty('baggage');
    });

    it('lets no value of a query, a key or a statement out', () => {
      const told = JSON.stringify(seen.sink.spans);
      expect(seen.sink.spans.map(({ attributes }) => attributes['db.query.text'])).toContain(redis);
      expect(told).not.toMatch(/hidden|secret|private value/);
    });

    it('adds the context to the lines of the request, on stdout and in Loki', () => {
      const context = {
        request_id: 'request-1',
        user_id: 'user-1',
        trace_id: seen.server.traceId,
        span_id: seen.server.spanId,
        service,
        version: '1.2.3',
      };
      const stdout = seen.stdout.find(({ msg }) => msg === message);
      expect(stdout).toMatchObject({ ...context, level: 30 });
      const pushed = seen.sink.lines.filter(({ fields }) => fields.message === message);
      expect(pushed).toHaveLength(1);
      expect(pushed[0]).toMatchObject({
        labels: { service_name: 'fixture', level: 'info' },
        fields: { ...context, level: 'info', timestamp: new Date(stdout.time).toISOString() },
      });
      expect(Number(pushed[0]!.atNs / 1_000_000n) - stdout.time).toBeLessThan(50);
    });

    it('sends each line of the service to Loki once', () => {
      const messages = (lines: { message?: unknown; msg?: unknown }[]) =>
        lines.map((l) => l.message ?? l.msg).toSorted();
      expect(messages(seen.sink.lines.map(({ fields }) => fields))).toEqual(messages(seen.stdout));
    });

    it('says nothing', () => {
      expect(seen.stderr).toBe('');
    });
  });
});
