import { describe, expect, it } from 'vitest';
import { builtPreload } from '../testing/built-preload.ts';
import { type HostileMode, hostileModes } from '../testing/hostile.ts';
import { get, send } from '../testing/load.ts';
import { residentMb } from '../testing/memory.ts';
import { FixtureService } from '../testing/service.ts';
import { Sink } from '../testing/sink.ts';
import { until } from '../testing/until.ts';
import { accountOf } from './accounts.ts';

const preload = await builtPreload();
const mostAddedMb = 32;
const roundMs = 1000;
/**
 * V8 lets the young generation grow in steps, by some 50 MB in all, at a time nobody can tell: with this factor the first
 * step is the last, and the warm-up lasts until it was taken.
 */
const grownUp = ['--semi-space-growth-factor=32'];
/** Before the step it is at most 50 MB, after it about 100. */
const grownUpMb = 90;
/** More of it survives when many are under way at once. */
const crowd = { connections: 100 };

it('serves as before through every mode, in bounded memory, and accounts for everything', async () => {
  await using otlp = await Sink.start({ keepsBodies: false });
  await using loki = await Sink.start({ keepsBodies: false });
  // So small that metrics, which have a tenth of it, do not fit while nobody takes them.
  const env = { ...otlp.environment, ORDEAL_LOKI_URL: loki.url, ORDEAL_BUFFER_MB: '8' };
  await using service = await new FixtureService('small.cjs', { preload, env, flags: grownUp }).listening();
  let sent = 0;
  const round = async () => {
    // About 1,000 requests a second, each with a span and a line.
    const untilMs = Date.now() + roundMs;
    while (Date.now() < untilMs) {
      const first = sent;
      const requests = Array.from({ length: 20 }, (_, at) => get(`/line/${first + at}`));
      sent += requests.length;
      expect((await send(service.url, requests, { connections: 2 })).failed).toBe(0);
      await new Promise((go) => setTimeout(go, 10));
    }
  };
  await round();
  await until(
    'the young generation to have grown',
    async () => {
      const requests = Array.from({ length: 2000 }, (_, at) => get(`/line/${sent + at}`));
      sent += requests.length;
      expect((await send(service.url, requests, crowd)).failed).toBe(0);
      return (await service.youngMb()) >= grownUpMb;
    },
    40_000,
  );
  const healthyMb = residentMb(service.child.pid);
  for (const mode of hostileModes) {
    await Promise.all([otlp.turn(mode), loki.turn(mode)]);
    await round();
    expect(residentMb(service.child.pid) - healthyMb, mode).toBeLessThan(mostAddedMb);
    await Promise.all([otlp.turn('healthy'), loki.turn('healthy')]);
    await round();
  }
  const settled = (signal: 'traces' | 'logs') => {
    const { produced, delivered, dropped } = accountOf(otlp, signal);
    return produced === sent && produced === delivered + dropped;
  };
  await until('everything to be accounted for', () => settled('traces') && settled('logs'), 30_000);
  const metrics = accountOf(otlp, 'metrics');
  expect(metrics.dropped).toBeGreaterThan(0);
  // What is on its way with the account itself is neither yet.
  expect(metrics.produced - metrics.delivered - metrics.dropped).toBeLessThan(metrics.produced / 2);
  const { stderr, signal } = await service.stop('SIGTERM');
  expect(signal).toBe('SIGTERM');
  expect(stderr.split('\n').filter((line) => line && !line.startsWith('@ordeal/preload: '))).toEqual([]);
}, 120_000);

describe.each<[name: string, modes: HostileMode[]]>([
  ['refuse and 503', ['refuse', '503']],
  ['a reset, silence, 429', ['reset in the middle', 'black hole', '429']],
])('Loki is out for a few seconds at 1,000 lines/s: %s', (_, modes) => {
  it('and nothing is lost, nor comes twice, nor in another order', async () => {
    await using otlp = await Sink.start({ keepsBodies: false });
    await using loki = await Sink.start({ keepsBodies: false });
    const env = { ...otlp.environment, ORDEAL_LOKI_URL: loki.url };
    await using service = await new FixtureService('small.cjs', { preload, env }).listening();
    let sent = 0;
    const lines = async (seconds: number) => {
      for (const untilSent = sent + seconds * 1000; sent < untilSent; sent += 100) {
        expect((await send(service.url, [get(`/lines/100/${sent}`)], { connections: 1 })).failed).toBe(0);
        await new Promise((go) => setTimeout(go, 90));
      }
    };
    await lines(1);
    for (const mode of modes) {
      await loki.turn(mode);
      await lines(2);
    }
    await loki.turn('healthy');
    await lines(1);
    await until('every line', () => loki.lines.length >= sent, 20_000);
    const numbers = loki.lines.map(({ fields }) => Number(fields.at));
    expect(numbers).toEqual(Array.from({ length: sent }, (__, at) => at));
    await until('the account', () => accountOf(otlp, 'logs').delivered === sent);
    expect(accountOf(otlp, 'logs')).toEqual({ produced: sent, delivered: sent, dropped: 0 });
  });
});

it('what exceeds the limit of bytes is dropped, counted and said', async () => {
  await using metrics = await Sink.start({ keepsBodies: false });
  await using sink = await Sink.start({ keepsBodies: false });
  await sink.turn('refuse');
  const env = {
    ...sink.environment,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${metrics.url}/v1/metrics`,
    ORDEAL_BUFFER_MB: '1',
  };
  await using service = await new FixtureService('small.cjs', { preload, env }).listening();
  const requests = 10_000;
  const perRequest = 10;
  const paths = Array.from({ length: requests }, (_, at) => get(`/lines/${perRequest}/${at * perRequest}`));
  const { failed, answered } = await send(service.url, paths);
  expect({ failed, answered }).toEqual({ failed: 0, answered: requests });
  await sink.turn('healthy');
  const settled = (signal: 'traces' | 'logs') => {
    const { produced, delivered, dropped } = accountOf(metrics, signal);
    return produced > 0 && produced === delivered + dropped;
  };
  await until('everything to be accounted for', () => settled('traces') && settled('logs'), 30_000);
  expect(accountOf(metrics, 'traces').produced).toBe(requests);
  expect(accountOf(metrics, 'logs').produced).toBe(requests * perRequest);
  expect(accountOf(metrics, 'traces').delivered).toBe(sink.spans.length);
  expect(accountOf(metrics, 'logs').delivered).toBe(sink.lines.length);
  expect(accountOf(metrics, 'logs').dropped).toBeGreaterThan(0);
  const { stderr } = await service.stop('SIGTERM');
  expect(stderr).toMatch(/not delivered.*spans.*log lines/);
});
