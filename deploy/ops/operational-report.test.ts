import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../grafana/kit/limits.ts';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { openBrowser } from '../../reports/fixtures/browser.ts';
import { capacityOf } from './operational-report/capacity.ts';
import { renderMarkdown } from './operational-report/markdown.ts';
import { judge, objectives } from './operational-report/objectives.ts';
import { renderHtml } from './operational-report/page.ts';
import { windowOf } from './operational-report/window.ts';
import { report } from './testing/report.ts';

const nothing = {
  ...{ requests: undefined, failedShare: undefined, p95S: undefined, hitShare: undefined },
  ...{ recoveredShare: undefined, upShare: undefined, users: undefined },
};

describe('promises', () => {
  it('that nothing is known of are never kept', () => {
    expect(judge(nothing, nothing).map(({ outcome }) => outcome)).toEqual(Array(5).fill('no data'));
  });

  it.each([
    ['P95', { p95S: 0.199 }, 0, 'met'],
    ['P95 at its limit', { p95S: 0.2 }, 0, 'violated'],
    ['failures at their limit', { failedShare: 0.05 }, 1, 'met'],
    ['failures', { failedShare: 0.0501 }, 1, 'violated'],
    ['up', { upShare: 0.9989 }, 2, 'violated'],
    ['hits', { hitShare: 0.8 }, 3, 'met'],
    ['recovered', { recoveredShare: 0.79 }, 4, 'violated'],
  ])('%s', (_, changes, at, outcome) => {
    expect(judge({ ...nothing, ...changes }, nothing)[at]!.outcome).toBe(outcome);
  });

  it('are those of the dashboards', () => {
    expect(objectives).toMatchObject({
      p95S: limits.p95S.promised,
      hitShare: limits.hitShare.promised,
      recoveredShare: limits.recoveredShare.promised,
      failedShare: limits.errorShare.alarming,
      memoryBytes: limits.memoryBytes.alarming,
      connections: limits.connections.alarming,
    });
  });
});

describe('capacity', () => {
  it('has the connections against all that the pool may open, not what it allowed itself last', async () => {
    const values = { most: 14, db_client_connection_limit: 10 };
    const sources = {
      value: async (query: string) => Object.entries(values).find(([name]) => query.includes(name))?.[1],
    };
    const queries = {
      of: (metric: string) => metric,
      most: (metric: string) => (metric === 'database_pool_out' ? 'most' : 'none'),
    };
    const found = await capacityOf(sources as never, queries as never, windowOf(1e12, 3_600_000));
    expect(found.find(({ name }) => name === 'connections at work')).toMatchObject({ most: 14, limit: 30 });
  });
});

describe('a window', () => {
  it.each([
    [60_000, 5_000, 12],
    [86_400_000, 900_000, 96],
    [7 * 86_400_000, 6_300_000, 96],
  ])('of %d ms has slices of %d ms, %d of them', (lengthMs, stepMs, slices) => {
    const window = windowOf(1e12, lengthMs);
    expect(window).toEqual({ startMs: 1e12 - lengthMs, endMs: 1e12, stepMs });
    expect(lengthMs / window.stepMs).toBe(slices);
  });
});

describe('as Markdown', () => {
  it('it has every table, and no name breaks one', () => {
    const text = renderMarkdown(report());
    for (const title of [
      'Promises',
      'Alerts that fired',
      'Traffic by route',
      'Errors by class',
      'Slow operations',
      'Cache',
      'Capacity',
    ])
      expect(text).toContain(`\n## ${title}\n`);
    expect(text).toContain('| violated | requests that failed | 7.12 % | ≤ 5 % | 0.01 % |');
    expect(text).toContain('GET /\\<script\\>alert(1)\\</script\\>\\|\\`x\\`');
    expect(text).toContain('| DatabaseConnectionFailure | critical | 1 | 2 h | 2026-11-20 16:00 |');
    expect(text).toMatch(/\| memory \(RSS\) \| 296 MiB \| 2\.2 GiB \| 1\.9 GiB \| −19\.1 MiB \|/);
  });

  it('it says what is not known', () => {
    const errors = { ...report().errors, byClass: undefined };
    const text = renderMarkdown(
      report({ errors, slow: undefined, missing: ['Loki: http://x does not answer'] }),
    );
    expect(text).toContain('> Loki: http://x does not answer');
    expect(text.match(/Not known: see what did not answer\./g)).toHaveLength(2);
  });
});

const { runs, titled } = await needs('chromium');

describe.runIf(runs)(titled('as a page'), () => {
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let folder: string;
  beforeAll(async () => {
    browser = await openBrowser();
    folder = await mkdtemp(join(tmpdir(), 'ops-report-'));
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(of: ReturnType<typeof report>, width: number) {
    const file = join(folder, 'report.html');
    await writeFile(file, renderHtml(of));
    const page = await browser.context.newPage();
    const told: string[] = [];
    page.on('request', (it) => told.push(it.url()));
    page.on('console', (it) => told.push(it.text()));
    page.on('dialog', (it) => void it.dismiss().then(() => told.push('dialog')));
    await page.setViewportSize({ width, height: 900 });
    const url = pathToFileURL(file).href;
    await page.goto(url);
    const foreign = told.filter((it) => it !== url && !it.startsWith('data:'));
    return { page, foreign, [Symbol.asyncDispose]: () => page.close() };
  }

  it.each([360, 768, 1440])('it fits %d pixels, and asks nobody for anything', async (width) => {
    await using it = await open(report(), width);
    const fits = await it.page.evaluate('document.documentElement.scrollWidth <= innerWidth');
    expect([fits, it.foreign]).toEqual([true, []]);
  });

  it('it says first how many promises were kept', async () => {
    await using it = await open(report(), 1440);
    expect(await it.page.getByTestId('verdict').textContent()).toBe('1 of 4 broken');
    await using other = await open(report({ headline: nothing }), 1440);
    expect(await other.page.getByTestId('verdict').textContent()).toBe('no data');
  });

  it('it draws every chart, and when an alert fired', async () => {
    await using it = await open(report(), 1440);
    for (const chart of ['latency', 'rate', 'errors', 'hit-rate', 'memory'])
      expect(
        await it.page.getByTestId(`chart-${chart}`).locator('path.line').first().getAttribute('d'),
      ).toMatch(/^M[\d.]+,/);
    const lane = it.page.getByRole('img', { name: /alert DatabaseConnectionFailure/ });
    const [outer, inner] = [(await lane.boundingBox())!, (await lane.locator('i').boundingBox())!];
    expect((inner.x - outer.x) / outer.width).toBeCloseTo(40 / 96, 2);
    expect(inner.width / outer.width).toBeCloseTo(8 / 96, 2);
  });

  it('it is whole without any data', async () => {
    const none = report().overTime.atMs.map(() => undefined);
    const overTime = {
      ...report().overTime,
      perSecond: none,
      failedShare: none,
      p50Ms: none,
      p95Ms: none,
      hitShare: none,
      memoryBytes: none,
    };
    const empty = {
      routes: [],
      alerts: [],
      breakers: [],
      caches: [],
      capacity: [],
      slow: [],
      headline: nothing,
      before: nothing,
    };
    await using it = await open(
      report({ ...empty, overTime, missing: ['Prometheus: http://x does not answer'] }),
      360,
    );
    expect(await it.page.getByText('nothing was recorded').count()).toBe(5);
    expect(await it.page.getByTestId('missing').textContent()).toContain('Prometheus');
    expect(it.foreign).toEqual([]);
  });
});
