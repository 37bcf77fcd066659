import { randomBytes, randomUUID } from 'node:crypto';
import { METHODS } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtPreload } from '../testing/built-preload.ts';
import { get, percentile, send } from '../testing/load.ts';
import { residentMb } from '../testing/memory.ts';
import { FixtureService } from '../testing/service.ts';
import { Sink } from '../testing/sink.ts';

const preload = await builtPreload();

describe('100,000 requests that are all different', () => {
  const requests = 100_000;
  const mostSeries = 200;
  const mostStreams = 10;
  let sink: Sink;

  beforeAll(async () => {
    sink = await Sink.start({ keepsBodies: false });
    // One export, at the end, has every series there is.
    const env = { ...sink.environment, OTEL_METRIC_EXPORT_INTERVAL: '600000', OTEL_TRACES_EXPORTER: 'none' };
    // What was kept of each request would not fit into this heap.
    const flags = ['--max-old-space-size=48'];
    await using service = await new FixtureService('small.cjs', { preload, env, flags }).listening();
    const { answered, failed } = await send(service.url, different(requests));
    expect({ answered, failed }).toEqual({ answered: requests, failed: 0 });
    await service.stop('SIGTERM');
  }, 120_000);
  afterAll(() => sink?.[Symbol.asyncDispose]());

  it('make at most 200 series of each metric, which still count everything', () => {
    const series = new Map<string, Set<string>>();
    for (const { metric, attributes } of sink.points)
      series.set(metric, (series.get(metric) ?? new Set()).add(JSON.stringify(attributes)));
    expect(series.size).toBeGreaterThan(5);
    for (const [metric, combinations] of series)
      expect(combinations.size, metric).toBeLessThanOrEqual(mostSeries);
    const total = (metric: string) =>
      sink.points
        .filter((point) => point.metric === metric)
        .reduce((sum, { value, count }) => sum + (value ?? count), 0);
    expect(total('http.server.request.duration')).toBe(requests);
    // Of the service's own making, with the path as an attribute: what is too much is summed up.
    expect(total('small.paths')).toBe(requests);
  });

  it('make at most 10 streams in Loki, with every line', () => {
    const streams = new Set(sink.lines.map(({ labels }) => JSON.stringify(labels)));
    expect(streams.size).toBeLessThanOrEqual(mostStreams);
    expect(sink.lines).toHaveLength(requests);
  });
});

describe('1,000 requests with 500 entries of baggage each', () => {
  const rounds = 4;
  const perRound = 250;
  const mostAddedMs = 5;
  const mostAddedMb = 16;
  const baggage = Array.from({ length: 500 }, (_, at) => `key${at}=${randomBytes(4).toString('hex')}`).join(
    ',',
  );

  it('cost little', async () => {
    await using sink = await Sink.start({ keepsBodies: false });
    const run = (preloaded?: string) =>
      new FixtureService('small.cjs', { preload: preloaded, env: sink.environment }).listening();
    await using plain = await run();
    await using watched = await run(preload);
    // As many without baggage first: what they need is not baggage's doing.
    for (const service of [plain, watched]) await measure(service.url, 1000, {});
    const beforeMb = { plain: residentMb(plain.child.pid), watched: residentMb(watched.child.pid) };
    const latenciesMs = { plain: [] as number[], watched: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      latenciesMs.plain.push(...(await measure(plain.url, perRound, { baggage })));
      latenciesMs.watched.push(...(await measure(watched.url, perRound, { baggage })));
    }
    expect(latenciesMs.watched).toHaveLength(rounds * perRound);
    const addedMs = percentile(latenciesMs.watched, 0.95) - percentile(latenciesMs.plain, 0.95);
    expect(addedMs).toBeLessThan(mostAddedMs);
    const grownMb = {
      plain: residentMb(plain.child.pid) - beforeMb.plain,
      watched: residentMb(watched.child.pid) - beforeMb.watched,
    };
    expect(grownMb.watched - grownMb.plain).toBeLessThan(mostAddedMb);
  });
});

async function measure(
  url: string,
  count: number,
  headers: Record<string, string>,
): Promise<readonly number[]> {
  const requests = Array.from({ length: count }, (_, at) => get(`/line/${at}`, headers));
  const { failed, latenciesMs } = await send(url, requests, { connections: 2, ahead: 1 });
  expect(failed).toBe(0);
  return latenciesMs;
}

/** Methods that Node's server reads as requests of their own; `CONNECT` is none. */
function* different(count: number): Generator<string> {
  const methods = METHODS.filter((method) => method !== 'CONNECT' && method !== 'HEAD');
  for (let at = 0; at < count; at++) {
    const random = randomUUID();
    const headers = {
      host: `${random}.example`,
      'user-agent': `agent/${random}`,
      'x-request-id': random,
      'x-user-id': `user-${random}`,
      'x-forwarded-for': random,
    };
    yield get(`/wild-${random}/${at}?q=${random}`, headers, methods[at % methods.length]);
  }
}
