import { once } from 'node:events';
import { connect } from 'node:http2';
import { request } from 'node:https';
import { describe, expect, it } from 'vitest';
import { builtPreload } from '../testing/built-preload.ts';
import { authority, authorityFile, serverFiles } from '../testing/certificates.ts';
import { get, send } from '../testing/load.ts';
import { needsNodes, nodeBinary, supportedLines } from '../testing/nodes.ts';
import { FixtureService } from '../testing/service.ts';
import { Sink } from '../testing/sink.ts';
import { until } from '../testing/until.ts';
import { accountOf } from './accounts.ts';

const { runs, titled } = await needsNodes(...supportedLines);
const preload = await builtPreload();
const trusting = { NODE_EXTRA_CA_CERTS: authorityFile };
const requests = 20;
const lines = (count: number, each = 1) =>
  Array.from({ length: count }, (_, at) => get(`/lines/${each}/${at * each}`));

describe.each(['http/protobuf', 'http/json'])('a collector and a Loki over HTTPS, %s', (protocol) => {
  it('get traces, metrics and logs while the service runs, when NODE_EXTRA_CA_CERTS has their authority', async () => {
    await using sink = await Sink.start({ tls: true });
    const env = {
      ...sink.environment,
      ...trusting,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_LOGS_EXPORTER: 'otlp',
    };
    await using service = await new FixtureService('small.cjs', { preload, env }).listening();
    expect(await send(service.url, lines(requests))).toMatchObject({ answered: requests, failed: 0 });
    const account = (signal: 'traces' | 'logs') => accountOf(sink, signal);
    const all = { produced: requests, delivered: requests, dropped: 0 };
    await until(
      'the accounts',
      () => account('traces').delivered + account('logs').delivered === 2 * requests,
    );
    expect([account('traces'), account('logs')]).toEqual([all, all]);
    expect(sink.spans.filter(({ kind }) => kind === 2)).toHaveLength(requests);
    expect([sink.lines.length, sink.records.length]).toEqual([requests, requests]);
    const counted = sink.points.filter(({ metric }) => metric === 'http.server.request.duration');
    expect(counted.at(-1)?.count).toBe(requests);
    expect(await service.stop('SIGTERM')).toMatchObject({ signal: 'SIGTERM', stderr: '' });
  });
});

describe.runIf(runs).each(supportedLines)(titled('an end, Node %s'), (line) => {
  /** So long that nothing is sent before the end. */
  const never = { OTEL_BSP_SCHEDULE_DELAY: '600000', OTEL_METRIC_EXPORT_INTERVAL: '600000' };

  it.each([
    ['process.exit', { code: 4, signal: null }],
    ['SIGTERM', { code: null, signal: 'SIGTERM' }],
  ])('loses nothing that goes over HTTPS: %s', async (ending, expected) => {
    await using sink = await Sink.start({ tls: true });
    await using service = new FixtureService('ends.cjs', {
      node: await nodeBinary(line),
      preload,
      env: { ...sink.environment, ...trusting, ...never },
      args: [ending],
      listens: false,
    });
    expect(await service.ended).toMatchObject({ ...expected, stderr: '' });
    expect(sink.spans.map(({ kind }) => kind).toSorted()).toEqual([2, 3]);
    expect(sink.lines.map(({ fields }) => fields.message)).toEqual(['done']);
    const served = sink.points.find(({ metric }) => metric === 'http.server.request.duration');
    expect(served?.count).toBe(1);
  });
});

it('a certificate that is not trusted harms nothing: what it costs is kept or counted as dropped, and said', async () => {
  await using metrics = await Sink.start({ keepsBodies: false });
  await using sink = await Sink.start({ tls: true });
  const env = {
    ...sink.environment,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${metrics.url}/v1/metrics`,
    ORDEAL_BUFFER_MB: '1',
  };
  await using service = await new FixtureService('small.cjs', { preload, env }).listening();
  const perRequest = 1000;
  const served = await send(service.url, lines(requests, perRequest));
  expect(served).toMatchObject({ answered: requests, failed: 0 });
  expect(await (await fetch(`${service.url}/quiet`)).text()).toBe('ok');
  await until('everything to be counted', () => {
    const [traces, logs] = [accountOf(metrics, 'traces'), accountOf(metrics, 'logs')];
    return traces.produced === requests + 1 && logs.produced === requests * perRequest && logs.dropped > 0;
  });
  expect(accountOf(metrics, 'logs').delivered).toBe(0);
  expect(accountOf(metrics, 'traces')).toEqual({ produced: requests + 1, delivered: 0, dropped: 0 });
  const { signal, stderr } = await service.stop('SIGTERM');
  expect(signal).toBe('SIGTERM');
  expect(sink.connections).toBeGreaterThan(0);
  expect(sink.deliveries).toEqual([]);
  const said = stderr.split('\n').filter(Boolean);
  expect(said.filter((it) => !it.startsWith('@ordeal/preload: '))).toEqual([]);
  for (const what of ['traces', 'log lines'])
    expect(said.filter((it) => it.includes(`${what} cannot be delivered to ${sink.address}`))).toEqual([
      expect.stringContaining('certificate'),
    ]);
  expect(said.at(-1)).toContain(`ended: ${requests + 1} spans, ${requests * perRequest} log lines`);
});

describe.each([
  ['https', askHttps, '1.1'],
  ['http2', askHttp2, '2.0'],
] as const)('a server of node:%s', (kind, ask, version) => {
  it('has a span and a duration for each request, and its request id', async () => {
    await using sink = await Sink.start();
    const args = [kind, serverFiles.cert, serverFiles.key];
    const options = { preload, env: sink.environment, args };
    await using service = await new FixtureService('secure.cjs', options).listening();
    const { host } = new URL(service.url);
    expect(await ask(host, '/', 'mine')).toEqual({ status: 200, id: 'mine' });
    expect(await ask(host, '/broken', 'other')).toEqual({ status: 500, id: 'other' });
    await until('both spans', () => sink.spans.length === 2);
    expect(await service.stop('SIGTERM')).toMatchObject({ signal: 'SIGTERM', stderr: '' });
    const inOrder = sink.spans.toSorted((one, other) => one.startMs - other.startMs);
    const told = inOrder.map(({ name, kind, attributes }) => [name, kind, attributes]);
    const attributes = {
      'http.request.method': 'GET',
      'url.scheme': 'https',
      'network.protocol.version': version,
    };
    expect(told).toEqual([
      ['GET', 2, expect.objectContaining({ ...attributes, 'http.response.status_code': 200 })],
      ['GET', 2, expect.objectContaining({ ...attributes, 'http.response.status_code': 500 })],
    ]);
    for (const status of [200, 500]) {
      const points = sink.points.filter((it) => it.attributes['http.response.status_code'] === status);
      const last = (metric: string) => points.findLast((it) => it.metric === metric);
      expect(last('http.server.request.duration')).toMatchObject({ count: 1, unit: 's' });
      expect(last('http.server.request.duration')?.attributes).toMatchObject({ 'url.scheme': 'https' });
      expect(last('http.requests')?.value).toBe(1);
    }
  });
});

async function askHttps(host: string, path: string, id: string) {
  const headers = { 'x-request-id': id };
  const sent = request(`https://${host}${path}`, { ca: authority, agent: false, headers }).end();
  const [{ statusCode: status, headers: answered }] = await once(sent, 'response');
  return { status, id: answered['x-request-id'] };
}

async function askHttp2(host: string, path: string, id: string) {
  const session = connect(`https://${host}`, { ca: authority });
  try {
    const sent = session.request({ ':path': path, 'x-request-id': id });
    const [{ ':status': status, 'x-request-id': answered }] = await once(sent, 'response');
    return { status, id: answered };
  } finally {
    session.close();
  }
}
