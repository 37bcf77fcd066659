import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readAccounts } from '../../instrumentation/testing/account.ts';
import { needs } from '../setup/fixtures/parts.ts';
import { fillDiskOf } from './full-disk.ts';
import { Desk } from './ordeal.ts';
import { processesWith } from './processes.ts';
import { addressOf, ask, type Streams, startUp, type Traces, type Vector } from './running-up.ts';

const gate = await needs('prometheus', 'alertmanager', 'loki', 'jaeger', 'postgres', 'redis');
const soon = { timeout: 30_000, interval: 250 };
/** The preload tries again after pauses that grow. */
const afterPauses = { timeout: 90_000, interval: 250 };

function leftAt(desk: Desk): string[] {
  return readdirSync(desk.folder).filter((name) => name !== 'logs');
}

describe.runIf(gate.runs)(gate.titled('ordeal up'), () => {
  it('shows a request as a metric with its trace, as a line, and as a trace; Ctrl-C leaves nothing', async () => {
    using desk = new Desk();
    // Also where there is one.
    const nowhere = join(desk.folder, 'nowhere/grafana');
    vi.stubEnv('GRAFANA_BIN', nowhere);
    onTestFinished(() => void vi.unstubAllEnvs());
    await using running = await startUp(desk);
    const leftOut = running.output.split('\n').filter((line) => line.includes('left out: '));
    expect(leftOut).toEqual([
      expect.stringMatching(/left out: Grafana cannot be used: .*GRAFANA_BIN.*\. What to do: /),
    ]);
    expect(leftOut[0]).toContain(nowhere);
    const [service, prometheus, loki, jaeger, alertmanager] = [
      'memory-api',
      'Prometheus',
      'Loki',
      'Jaeger',
      'Alertmanager',
    ].map((name) => addressOf(running, name));
    for (let n = 1; n <= 20; n++) await ask(`${service}/api/v1/memories?user_id=user-${n}&limit=2`);

    await vi.waitFor(async () => {
      const up = await ask<Vector>(`${prometheus}/api/v1/query?query=up`);
      expect(up.data.result.map(({ metric, value }) => [metric.job, value[1]]).sort()).toEqual([
        ['alertmanager', '1'],
        ['loki', '1'],
        ['memory-api', '1'],
        ['prometheus', '1'],
      ]);
      const counted = 'http_server_request_duration_seconds_count{http_route="/api/v1/memories"}';
      const requests = await ask<Vector>(`${prometheus}/api/v1/query?query=${encodeURIComponent(counted)}`);
      expect(requests.data.result[0]?.value[1]).toBe('20');
    }, soon);
    const exemplars = await ask<Exemplars>(
      `${prometheus}/api/v1/query_exemplars?query=http_server_request_duration_seconds_bucket&start=0&end=9999999999`,
    );
    const traceId = exemplars.data
      .filter(({ seriesLabels }) => seriesLabels.http_route === '/api/v1/memories')
      .flatMap((it) => it.exemplars)[0]!.labels.trace_id!;
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);

    const line = await vi.waitFor(async () => {
      const query = encodeURIComponent(`{service_name="memory-api"} |= "${traceId}" |= "request completed"`);
      const found = await ask<Streams>(`${loki}/loki/api/v1/query_range?query=${query}`);
      return found.data.result[0]!.values[0]![1];
    }, soon);
    expect(line).toContain(`"trace_id":"${traceId}"`);

    const trace = await vi.waitFor(() => ask<Traces>(`${jaeger}/api/traces/${traceId}`), soon);
    expect(trace.data[0]!.spans.map(({ operationName }) => operationName)).toContain('GET /api/v1/memories');
    const rules = await ask<Groups>(`${prometheus}/api/v1/rules`);
    expect(rules.data.groups.length).toBeGreaterThan(0);
    expect(await ask(`${alertmanager}/api/v2/alerts`)).toEqual([]);

    const marker = markerAt(desk);
    expect(processesWith(marker).length).toBeGreaterThan(5);
    running.process.kill('SIGINT');
    expect(await running.finished()).toMatchObject({ code: 0 });
    expect(processesWith(marker)).toEqual([]);
    expect(leftAt(desk)).toEqual([]);
  });

  it('the service does not notice that Loki and Prometheus are killed; kill -9 leaves nothing', async () => {
    using desk = new Desk();
    await using running = await startUp(desk, '--logs', 'logs', '--only', 'service,prometheus,loki');
    const service = addressOf(running, 'memory-api');
    const request = (n: number) => ask(`${service}/api/v1/memories?user_id=user-${n}&limit=3`);
    await request(1);
    const marker = markerAt(desk);
    const killed = processesWith(marker).filter(({ command }) => /prometheus\.yml|loki\.yml/.test(command));
    expect(killed).toHaveLength(2);
    for (const { pid } of killed) process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => {
      const ended = running.output.match(/\w+ [\d.]+ has ended \(killed by SIGKILL\), the others go on/g);
      expect(ended?.map((it) => it.replace(/ .*/, '')).sort()).toEqual(['Loki', 'Prometheus']);
    }, soon);
    for (let n = 2; n <= 50; n++) await request(n);

    running.process.kill('SIGKILL');
    await running.finished();
    await vi.waitFor(() => {
      expect(processesWith(marker)).toEqual([]);
      expect(leftAt(desk)).toEqual([]);
    }, soon);
    expect(readdirSync(join(desk.folder, 'logs'))).toContain('loki.log');
  });

  it('the service does not notice that the disk of Loki and Prometheus is full; all lines are accounted for', async () => {
    using desk = new Desk();
    await using running = await startUp(desk, '--only', 'service,prometheus,loki');
    const names = ['memory-api', 'its metrics', 'Prometheus', 'Loki'];
    const [service, page, prometheus, loki] = names.map((name) => addressOf(running, name));
    let asked = 0;
    const request = () => ask(`${service}/api/v1/memories?user_id=user-${++asked}&limit=3`);
    await request();
    const full = processesWith(markerAt(desk)).filter(({ command }) =>
      /prometheus\.yml|loki\.yml/.test(command),
    );
    expect(full).toHaveLength(2);
    const accountOfLines = async () => (await readAccounts(Number(new URL(page!).port))).logs;
    const before = await accountOfLines();
    {
      await using disks = new AsyncDisposableStack();
      for (const { pid } of full) disks.use(await fillDiskOf(pid));
      await vi.waitFor(async () => {
        expect(await pushTo(loki!)).toMatchObject({
          status: 500,
          said: expect.stringContaining('too large'),
        });
        const failed = await (await fetch(`${prometheus}/metrics`)).text();
        expect(failed).toMatch(/^prometheus_tsdb_wal_writes_failed_total [1-9]/m);
      }, soon);
      for (let n = 0; n < 300; n++) await request();
      const { produced, delivered, dropped } = await accountOfLines();
      expect(produced).toBeGreaterThanOrEqual(before.produced + 300);
      expect(delivered + dropped).toBeLessThan(produced);
    }
    await vi.waitFor(async () => {
      const { produced, delivered, dropped } = await accountOfLines();
      expect(delivered).toBeGreaterThan(before.delivered);
      expect(delivered + dropped).toBe(produced);
    }, afterPauses);
  }, 240_000);

  it('ends what one left whose watchdog was killed too, before it asks whether ports are free', async () => {
    using desk = new Desk();
    await using killed = await startUp(desk, '--only', 'alertmanager');
    const { port } = new URL(addressOf(killed, 'Alertmanager'));
    const [watchdog] = processesWith(desk.folder).filter(({ command }) => command.includes('watchdog'));
    for (const pid of [watchdog!.pid, killed.process.pid!]) process.kill(pid, 'SIGKILL');
    await killed.finished();
    await using next = await startUp(desk, '--only', 'alertmanager', '--ports', `alertmanager=${port}`);
    next.process.kill('SIGINT');
    expect(await next.finished()).toMatchObject({ code: 0 });
    expect(leftAt(desk)).toEqual([]);
  });

  it('names the port that is taken and who holds it', async () => {
    using desk = new Desk();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const outcome = await desk.run(['up', '--only', 'prometheus', '--ports', `prometheus=${port}`]);
    server.close();
    expect(outcome.code).toBe(4);
    expect(outcome.output).toContain(`- prometheus: port ${port} is held by process ${process.pid} (`);
    expect(outcome.output).toContain(`--ports prometheus=${port + 10_000}, or --ports free`);
  });

  it('names the secret that is wrong, without showing it', async () => {
    using desk = new Desk();
    const secrets = join(desk.folder, 'secrets');
    mkdirSync(secrets);
    writeFileSync(join(secrets, 'slack_url'), 'hunter2');
    const args = ['up', '--only', 'alertmanager', '--ports', 'free', '--secrets', secrets];
    const outcome = await desk.run(args);
    expect(outcome.code).toBe(78);
    expect(outcome.output).toContain(`${join(secrets, 'slack_url')} is no address`);
    expect(outcome.output).not.toContain('hunter2');
  });
});

describe('ordeal up, given what it cannot use', () => {
  it.each([
    [
      ['--only', 'prometheus,lokki'],
      64,
      /--only must be names of service, prometheus, .* got "prometheus,lokki"/,
    ],
    [['--ports', 'loki=99999'], 64, /--ports must be "free" or name=port .* got "loki=99999"/],
    [['nowhere'], 64, /There is no scenario "nowhere"/],
    [
      ['--only', 'loki', '--ports', 'free'],
      4,
      /Loki was not found\. What to do: run `npx ordeal setup --observ/,
    ],
  ])('%j: exit %i', async (args, code, message) => {
    using desk = new Desk();
    const env = { PATH: desk.folder, ORDEAL_CACHE_DIR: desk.folder, LOKI_BIN: '' };
    const outcome = await desk.run(['up', ...args], env);
    expect(outcome.output).toMatch(message);
    expect(outcome.code).toBe(code);
  });

  it('says that the folder for logs cannot be written', async () => {
    using desk = new Desk();
    writeFileSync(join(desk.folder, 'file'), '');
    const args = ['up', '--only', 'grafana', '--ports', 'free', '--logs', 'file/logs'];
    // Any program that says a version: it is not started.
    const grafana = join(desk.folder, 'grafana');
    writeFileSync(grafana, '#!/bin/sh\necho grafana version 13.2.3\n', { mode: 0o755 });
    const outcome = await desk.run(args, { GRAFANA_BIN: grafana });
    expect(outcome.output).toContain(`Logs cannot be written to ${join(desk.folder, 'file/logs')}: ENOTDIR`);
    expect(outcome.code).toBe(78);
  });
});

/** What its children carry in their environment: its folder is named after it. */
function markerAt(desk: Desk): string {
  const folder = readdirSync(desk.folder).find((name) => name.startsWith('ordeal-up-'));
  return `ORDEAL_RUN=${folder!.replace('ordeal-up-', '')}`;
}

/** What Loki says to a line. */
async function pushTo(loki: string): Promise<{ status: number; said: string }> {
  const values = [[`${Date.now()}000000`, 'a line']];
  const answer = await fetch(`${loki}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream: { service_name: 'test' }, values }] }),
  });
  return { status: answer.status, said: await answer.text() };
}

interface Exemplars {
  data: { seriesLabels: Record<string, string>; exemplars: { labels: Record<string, string> }[] }[];
}
interface Groups {
  data: { groups: unknown[] };
}
