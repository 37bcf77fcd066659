import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsPgvector } from '../../../examples/memory-api/storage/test-pgvector.ts';
import { freePort, until } from '../../../examples/memory-api/test-servers.ts';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { Prometheus } from '../kit/prometheus.ts';
import type { OperationalReport } from '../operational-report/report.ts';
import { ops } from '../testing/ops.ts';
import { openPlace, type Place } from '../testing/place.ts';
import { type Stack, stackServices, startStack } from '../testing/stack.ts';
import { useService } from '../testing/use.ts';

const gates = [await needsPgvector(), await needs('redis', ...stackServices)];
const runs = gates.every((it) => it.runs);
const titled = (title: string) => gates.reduce((named, it) => it.titled(named), title);
const rounds = 40;

describe.runIf(runs)(titled('the operational report, of a service that lost Redis'), () => {
  const running = new AsyncDisposableStack();
  let stack: Stack;
  let place: Place;
  let report: OperationalReport;

  const make = async (...args: string[]) => ops('operational-report', ['--last', '10m', ...args], place.env);

  beforeAll(async () => {
    stack = running.use(await startStack());
    place = running.use(await openPlace({ stack, settings: { BREAKER_FAILURES: '2' } }));
    // Once before the load, so that a line can be drawn.
    await useService(place, 1);
    await until(() => counted(stack, 1), 30_000);
    await useService(place, rounds);
    await place.redis.kill();
    await useService(place, 5);
    await until(() => counted(stack, 5 * (rounds + 6)), 30_000);
    await until(async () => {
      report = JSON.parse((await make('--format', 'json')).stdout);
      const wrongKeys = report.errors.byClass?.find(({ code }) => code === 'AUTHENTICATION_FAILED');
      return wrongKeys?.count === 3 * 6 && report.breakers.length > 0;
    }, 60_000);
  }, 180_000);
  afterAll(() => running.disposeAsync());

  it('has every request', () => {
    const sent = 5 * (rounds + 6) + 3 * 7;
    expect(report.headline.requests).toBeGreaterThan(0.97 * sent);
    // Prometheus adds half a scrape at both ends: much of so short a time.
    expect(report.headline.requests).toBeLessThan(1.2 * sent);
    expect(report.missing).toEqual([]);
    expect(report.routes.map(({ route }) => route)).toEqual(
      expect.arrayContaining([
        'GET /api/v1/memories',
        'POST /api/v1/memories/search',
        'POST /api/v1/memories',
      ]),
    );
  });

  it('has the errors by class, to the last one', () => {
    expect(report.errors.byClass).toEqual(
      expect.arrayContaining([
        { category: 'not_found', severity: 'low', code: 'NOT_FOUND', count: rounds + 6 },
        { category: 'authentication', severity: 'medium', code: 'AUTHENTICATION_FAILED', count: 3 * 6 },
      ]),
    );
    const statuses = report.errors.byStatus.map(({ status }) => status);
    expect(statuses).toEqual(expect.arrayContaining(['400', '401', '404']));
  });

  it('knows the cache, the breaker, and what there is room for', () => {
    expect(report.caches).toMatchObject([{ layer: 'redis', hits: expect.any(Number) }]);
    expect(report.headline.hitShare).toBeGreaterThan(0);
    expect(report.breakers.map(({ name }) => name)).toContain('redis');
    const known = new Map(report.capacity.map(({ name, now }) => [name, now]));
    expect(known.get('memory (RSS)')).toBeGreaterThan(1e7);
    expect(known.get('memories')).toBe(200);
    for (const { name, perWeek } of report.capacity) expect(perWeek, name).toBeUndefined();
  });

  it('draws what was over time', () => {
    const { perSecond, p95Ms, memoryBytes } = report.overTime;
    for (const values of [perSecond, p95Ms, memoryBytes])
      expect(values.some((it) => it && it > 0)).toBe(true);
  });

  it('is a page, written whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ops-report-'));
    try {
      const { code, stderr } = await make('--out', join(folder, 'report.html'));
      expect([code, stderr]).toEqual([0, '']);
      expect(await readFile(join(folder, 'report.html'), 'utf8')).toMatch(/^<!doctype html>.*<\/html>\n$/s);
      expect(await readdir(folder)).toEqual(['report.html']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says that Loki is away, and has the rest', async () => {
    const LOKI_URL = `http://127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await ops(
      'operational-report',
      ['--last', '10m', '--format', 'markdown'],
      {
        ...{ ...place.env, LOKI_URL },
      },
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining('Loki')]);
    expect(stdout).toContain('| GET /api/v1/memories |');
    expect(stdout).toContain('Not known: see what did not answer.');
  });

  it('has nothing to say of a time before', async () => {
    const { code, stdout } = await make('--until', '2020-01-01T00:00:00Z', '--format', 'markdown');
    expect(code).toBe(0);
    expect(stdout).toContain('| no data | P95 of all requests |');
    expect(stdout).not.toContain('| met |');
  });
});

async function counted({ prometheusUrl }: Stack, least: number): Promise<boolean> {
  const [sample] = await new Prometheus(prometheusUrl).at(
    'sum(http_requests_total{http_route!~"/health/.*"})',
    Date.now(),
  );
  return (sample?.value ?? 0) >= least;
}
