import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { builtPreload } from '../testing/built-preload.ts';
import { needsNodes, nodeBinary, supportedLines } from '../testing/nodes.ts';
import { FixtureService } from '../testing/service.ts';
import { Sink } from '../testing/sink.ts';
import { Upstream } from '../testing/upstream.ts';
import { label } from './expected.ts';
import { lastPoints } from './last-points.ts';

const nodes = await needsNodes(...supportedLines);
const metric = 'http.client.request.duration';

// A service of its own: once the package is loaded, `fetch` of Node goes through it, and the matrix is to try Node's.
describe.runIf(nodes.runs).each(supportedLines)(nodes.titled('Node %s'), (line) => {
  it.each(['undici.cjs', 'undici.mjs'])(
    '%s: calls by the package and by fetch are told once each',
    async (fixture) => {
      await using sink = await Sink.start();
      await using upstream = await Upstream.start();
      const env = { ...sink.environment, UPSTREAM_URL: upstream.url };
      const options = { node: await nodeBinary(line), preload: await builtPreload(), env };
      await using service = await new FixtureService(fixture, options).listening();
      const traceId = randomBytes(16).toString('hex');
      const headers = { traceparent: `00-${traceId}-${'1'.repeat(16)}-01`, 'x-request-id': 'request-1' };
      expect((await fetch(service.url, { headers })).status).toBe(200);
      expect(await service.stop('SIGTERM')).toMatchObject({ signal: 'SIGTERM', stderr: '' });

      const server = sink.spans.find(({ kind }) => kind === 2);
      const spans = sink.spans.filter(({ kind }) => kind === 3);
      expect(spans.map(label).toSorted()).toEqual(['client /embed GET', 'client /rank/* POST']);
      for (const span of spans) expect(span).toMatchObject({ traceId, parentSpanId: server?.spanId });
      const rank = spans.find(({ name }) => name === 'POST');
      expect(rank?.attributes).toMatchObject({
        'http.request.method': 'POST',
        'http.response.status_code': 200,
        'server.address': '127.0.0.1',
        'server.port': upstream.port,
        'url.full': `${upstream.url}/rank/*?token=*`,
      });

      const sent = upstream.calls.map(({ method, headers: { traceparent, 'x-request-id': id } }) => ({
        method,
        traceparent,
        id,
      }));
      expect(sent).toEqual(
        ['POST', 'GET'].map((method) => {
          const spanId = spans.find(({ name }) => name === method)?.spanId;
          return { method, traceparent: `00-${traceId}-${spanId}-01`, id: 'request-1' };
        }),
      );

      const measured = lastPoints(sink.points, metric).map(({ attributes, count }) => ({
        method: attributes['http.request.method'],
        port: attributes['server.port'],
        count,
      }));
      expect(measured).toEqual(['POST', 'GET'].map((method) => ({ method, port: upstream.port, count: 1 })));
    },
  );
});
