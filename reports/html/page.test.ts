import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { judge } from '../../harness/verdict/judge.ts';
import { openBrowser } from '../fixtures/browser.ts';
import { journal } from '../fixtures/journal.ts';
import { cutOffVerdict, judgements, verdict } from '../fixtures/verdict.ts';
import type { RunRecord } from '../record.ts';
import { renderHtml } from './page.ts';

const folder = 'runs/redis-outage/2026-11-21T05-14-54.000Z';
const entries = [...journal({ ratePerSecond: 50 })];
const { runs, titled } = await needs('chromium');
let browser: Awaited<ReturnType<typeof openBrowser>>;
let files: string;

beforeAll(async () => {
  browser = await openBrowser();
  files = await mkdtemp(join(tmpdir(), 'ordeal-report-'));
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await rm(files, { recursive: true });
});

/** The page in the browser, with what it asked the network for and what it complained about. */
async function open(record: RunRecord, { width = 1440, hash = '' } = {}) {
  const file = join(files, 'report.html');
  await writeFile(file, renderHtml(record));
  const page = await browser.context.newPage();
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on('request', (it) => asked.push(it.url()));
  page.on('console', (it) => complaints.push(it.text()));
  page.on('pageerror', (it) => complaints.push(it.message));
  await page.setViewportSize({ width, height: 900 });
  const url = pathToFileURL(file).href + hash;
  await page.goto(url);
  return {
    page,
    complaints,
    foreign: asked.filter((it) => !it.startsWith('data:') && it !== url),
    [Symbol.asyncDispose]: () => page.close(),
  };
}

/** Left and right edge in CSS pixels. */
async function extent(page: Page, testId: string): Promise<[number, number]> {
  const box = (await page.getByTestId(testId).boundingBox())!;
  return [box.x, box.x + box.width];
}

const outage = { entries, verdict: judge(entries), folder };

describe.runIf(runs)(titled('the report of an outage'), () => {
  it('asks nothing of the network and has nothing to complain about', async () => {
    await using it = await open(outage);
    expect(it.foreign).toEqual([]);
    expect(it.complaints).toEqual([]);
  });

  it('shows the verdict and every judgement', async () => {
    await using it = await open({ ...outage, verdict: verdict() });
    expect(await it.page.getByTestId('verdict').textContent()).toBe('violated');
    const outcomes = await it.page
      .getByTestId('judgement')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-outcome')));
    expect(outcomes).toEqual(judgements.map(({ outcome }) => outcome));
  });

  it.each(['latency', 'rate', 'errors', 'hit-rate'])(
    'draws the chart of %s across the axis',
    async (name) => {
      await using it = await open(outage);
      const paths = it.page.getByTestId(`chart-${name}`).locator('path.line');
      expect(await paths.count()).toBe(name === 'latency' ? 3 : 1);
      for (const path of await paths.all()) {
        const box = (await path.boundingBox())!;
        const [left, right] = await extent(it.page, 'phase-lane');
        expect(box.width / (right - left)).toBeGreaterThan(0.95);
      }
    },
  );

  it('shades the fault where it was in force: 21.2 s to 31.2 s of 3.2 s to 43.2 s', async () => {
    await using it = await open(outage);
    const band = it.page.getByTestId('fault-band');
    expect(await band.textContent()).toBe('refuse redis');
    expect([await band.getAttribute('data-from-s'), await band.getAttribute('data-to-s')]).toEqual([
      '21.2',
      '31.2',
    ]);
    const [axisLeft, axisRight] = await extent(it.page, 'phase-lane');
    const shares = (await extent(it.page, 'fault-band')).map((x) => (x - axisLeft) / (axisRight - axisLeft));
    expect(shares[0]).toBeCloseTo(18 / 40, 2);
    expect(shares[1]).toBeCloseTo(28 / 40, 2);
  });

  it('shows what the breaker was, in words', async () => {
    await using it = await open(outage);
    const states = await it.page
      .getByTestId('breaker-lane')
      .locator('[data-state]')
      .evaluateAll((those) => those.map((one) => one.getAttribute('data-state')));
    expect([states[0], states[1], states.at(-1)]).toEqual(['closed', 'open', 'closed']);
    expect(states).toContain('half-open');
  });

  it('shows figures under the pointer and takes them back', async () => {
    await using it = await open(outage);
    const chart = it.page.getByTestId('chart-latency');
    await chart.locator('.canvas').hover();
    expect(await chart.locator('output').first().textContent()).toMatch(/^[\d.,]+ ms$/);
    await it.page.mouse.move(0, 0);
    expect(await chart.locator('output').first().textContent()).toBe('');
  });

  it('opens the trace that a link names', async () => {
    const second = journal({ ratePerSecond: 50 }).find((one) => one.kind === 'trace')!;
    const other = { ...second, traceId: 'ffffffffffffffffffffffffffffffff' };
    await using it = await open(
      { ...outage, entries: [...entries, other] },
      { hash: `#trace-${other.traceId}` },
    );
    const open_ = await it.page
      .getByTestId('trace')
      .evaluateAll((those) => those.map((one) => one.hasAttribute('open')));
    expect(open_).toEqual([true, true]);
  });
});

describe.runIf(runs).each([360, 768, 910, 1440])(titled('the page at %d pixels'), (width) => {
  it.each([
    ['an outage', { ...outage, verdict: verdict() }],
    ['a journal cut off', { entries: entries.slice(0, 9), verdict: cutOffVerdict(), folder }],
    ['no entries', { entries: [], verdict: cutOffVerdict(), folder: `runs/${'long'.repeat(60)}` }],
  ])('%s does not scroll sideways', async (_, record) => {
    await using it = await open(record, { width });
    expect(await it.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(it.complaints).toEqual([]);
  });
});

it.runIf(runs)(titled('runs no script of a name, however it is written'), async () => {
  const evil = `"><script>document.title='owned'</script><img src=x onerror="document.title='owned'">`;
  const poisoned = entries.map((entry) => {
    if (entry.kind === 'run')
      return {
        ...entry,
        scenario: { ...entry.scenario, name: evil, description: evil },
        versions: { [evil]: evil },
      };
    if (entry.kind === 'step') return { ...entry, text: evil };
    if (entry.kind === 'breaker') return { ...entry, breaker: evil };
    if (entry.kind === 'check') return { ...entry, name: evil };
    if (entry.kind === 'proof') return { ...entry, detail: evil };
    if (entry.kind === 'trace')
      return {
        ...entry,
        traceId: evil,
        why: evil,
        url: `javascript:document.title='owned'`,
        spans: entry.spans.map((span) => ({ ...span, name: evil, attributes: { [evil]: evil } })),
      };
    return entry;
  });
  const record = {
    entries: poisoned,
    folder: evil,
    verdict: verdict({
      scenario: evil,
      replay: evil,
      stack: evil,
      doubts: [evil],
      ending: { kind: 'harness-failed', message: evil },
      judgements: [{ ...judgements[1]!, claim: evil, reason: evil } as (typeof judgements)[number]],
    }),
  };
  await using it = await open(record);
  expect(await it.page.title()).toContain('<script>');
  expect(await it.page.locator('img').count()).toBe(0);
  expect(await it.page.locator('a[href^="javascript"]').count()).toBe(0);
  expect(it.complaints).toEqual([]);
  expect(it.foreign).toEqual([]);
});
