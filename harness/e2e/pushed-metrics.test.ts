import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readDashboards } from '../../grafana/testing/read-dashboards.ts';
import { type CatalogueEntry, catalogue } from '../../instrumentation/metrics/catalogue.ts';
import { sampleName } from '../../instrumentation/metrics/prometheus-names.ts';
import { findAllParts } from '../setup/find-parts.ts';
import { needs } from '../setup/fixtures/parts.ts';
import { startContext } from '../stack/fixtures/start-context.ts';
import { freePort } from '../stack/free-port.ts';
import { preloadUrl } from '../stack/target.ts';
import { startReceiver } from '../telemetry/start-receiver.ts';
import { toldUndo } from '../undo/fixtures/told-undo.ts';
import { scrape, startObservability } from '../up/observability.ts';
import { ask, type Vector } from './running-up.ts';

const gate = await needs('prometheus');
const soon = { timeout: 60_000, interval: 250 };
const running = new AsyncDisposableStack();
let url: string;

/** A service that Prometheus both scrapes, as the job `scraped`, and is told of by what the run receives, as `pushed`. */
beforeAll(async () => {
  if (!gate.runs) return;
  const folder = await mkdtemp(join(tmpdir(), 'pushed-metrics-'));
  running.defer(() => rm(folder, { recursive: true, force: true }));
  const telemetry = join(folder, 'telemetry');
  await mkdir(telemetry);
  const undo = toldUndo();
  const context = startContext(folder, undo);
  const stack = running.use(
    await startObservability({ parts: await findAllParts(process.env), services: ['prometheus'], context }),
  );
  url = stack.url('prometheus');
  const receiver = running.use(
    await startReceiver({ folder: telemetry, onEntry: () => {}, forwardMetricsTo: url }),
  );
  const [port, page] = [await freePort(), await freePort()];
  const server = `require('node:http').createServer((request, response) => response.end('fine')).listen(${port}, '127.0.0.1')`;
  const service = spawn(process.execPath, ['--import', preloadUrl(), '--eval', server], {
    env: {
      PATH: process.env.PATH,
      OTEL_SERVICE_NAME: 'pushed',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_METRICS_EXPORTER: 'otlp,prometheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(page),
    },
    stdio: 'ignore',
  });
  running.defer(async () => {
    const exited = once(service, 'exit');
    if (service.kill('SIGKILL')) await exited;
  });
  running.use(await scrape(stack.runTargets!, { job: 'scraped', port: page, undo }));
  const asked = () => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text());
  await vi.waitFor(asked, soon);
  for (let turn = 0; turn < 20; turn += 1) await asked();
}, 120_000);

afterAll(() => running.disposeAsync());

describe.runIf(gate.runs)(gate.titled('a Prometheus that cannot scrape the target of a run'), () => {
  it('is told the same metrics with the same labels', async () => {
    const counted = 'http_server_request_duration_seconds_count';
    await vi.waitFor(async () => {
      const seen = await query(`sum by (job) (${counted}) >= 20`);
      expect(seen.map(({ metric }) => metric.job).sort()).toEqual(['pushed', 'scraped']);
    }, soon);
    // What is scraped first is pushed within a second.
    await vi.waitFor(async () => {
      const [pushed, scraped] = await Promise.all([seriesOf('pushed'), seriesOf('scraped')]);
      const others = [...scraped].filter(([name, labels]) => pushed.get(name) !== labels);
      expect(others.map(([name]) => name).filter((name) => !ofTheScrape.test(name))).toEqual([]);
      expect(pushed.size).toBeGreaterThan(20);
    }, soon);
  });

  it('has the traces of single requests too', async () => {
    const sought = new URLSearchParams({
      query: 'http_server_request_duration_seconds_bucket{job="pushed"}',
      start: String(Date.now() / 1000 - 600),
      end: String(Date.now() / 1000 + 60),
    });
    const { data } = await vi.waitFor(async () => {
      const answer = await ask<Exemplars>(`${url}/api/v1/query_exemplars?${sought}`);
      expect(answer.data).not.toEqual([]);
      return answer;
    }, soon);
    expect(data[0]!.exemplars[0]!.labels).toEqual({
      trace_id: expect.stringMatching(/^[\da-f]{32}$/),
      span_id: expect.stringMatching(/^[\da-f]{16}$/),
    });
  });

  it('says that it is up, once', async () => {
    const up = await vi.waitFor(async () => {
      const found = await query('up{job=~"pushed|scraped"}');
      expect(found).toHaveLength(2);
      return found;
    }, soon);
    const told = up.map(({ metric, value: [, value] }) => [metric.job, metric.pushed, value]);
    expect(told.sort()).toEqual([
      ['pushed', 'true', '1'],
      ['scraped', undefined, '1'],
    ]);
  });
});

it.each(secondNames())('no dashboard asks for the second name %s', async (name) => {
  for (const dashboard of await readDashboards())
    expect(JSON.stringify(dashboard)).not.toMatch(new RegExp(`\\b${name}`));
});

/** What Prometheus says of a scrape, and second names, which the page alone has, and which no dashboard asks for. */
const ofTheScrape = new RegExp(
  `^(?:up|scrape_.*|target_info|(?:${secondNames().join('|')})(?:_bucket|_count|_sum)?)$`,
);

interface Exemplars {
  data: { exemplars: { labels: Record<string, string> }[] }[];
}

async function query(expression: string): Promise<Vector['data']['result']> {
  const answer = await ask<Vector>(`${url}/api/v1/query?${new URLSearchParams({ query: expression })}`);
  return answer.data.result;
}

/** Names of all that a job tells, each with the names of its labels. */
async function seriesOf(job: string): Promise<Map<string, string>> {
  const found = await query(`{job="${job}"}`);
  const named = found.map(
    ({ metric: { __name__: name, ...labels } }) => [name!, Object.keys(labels)] as const,
  );
  return new Map(
    Object.entries(Object.groupBy(named, ([name]) => name)).map(([name, all]) => [
      name,
      [...new Set(all!.flatMap(([, labels]) => labels))].sort().join(),
    ]),
  );
}

function secondNames(): string[] {
  const entries: CatalogueEntry[] = Object.values(catalogue);
  return entries.flatMap((entry) =>
    entry.alsoAs === undefined ? [] : [sampleName({ ...entry, name: entry.alsoAs })],
  );
}
