import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../../reports/fixtures/browser.ts';
import type { RunEntry, TraceEntry } from '../journal/entry.ts';
import { needs } from '../setup/fixtures/parts.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { redisOutage } from './memory-api.ts';
import { Desk, entriesOf, mostRepetitions, type Running, wasDisturbed } from './ordeal.ts';

const { runs, titled } = await needs('docker', 'k6', 'chromium');

describe.runIf(runs)(titled('a run in containers'), () => {
  const desk = new Desk();
  let running: Running;
  let folder: string;
  let jaeger: string;

  beforeAll(async () => {
    desk.scenario(redisOutage());
    for (let again = mostRepetitions; ; again -= 1) {
      running = desk.start(['run', 'redis-outage', '--stack', 'docker', '--keep', '--seed', '7']);
      await running.printed('until Ctrl-C');
      const inconclusive = running.output.includes('(exit 2)') && wasDisturbed(running.output);
      if (again === 0 || !inconclusive) break;
      running.process.kill('SIGINT');
      await running.finished();
    }
    folder = desk.lastRun('redis-outage')!;
    jaeger = /Jaeger stays at (\S+)/.exec(running.output)![1]!;
  }, 300_000);

  afterAll(async () => {
    running?.process.kill('SIGINT');
    await running?.finished();
    desk[Symbol.dispose]();
  });

  const verdict = (): Verdict => JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8'));

  it('meets its hypothesis', () => {
    expect(verdict().judgements.filter(({ outcome }) => outcome !== 'met')).toEqual([]);
    expect(verdict()).toMatchObject({ outcome: 'met', exitCode: 0, stack: 'docker' });
  });

  it('has its linked traces in Jaeger, one with HTTP, PostgreSQL and Redis spans', async () => {
    const traces = entriesOf(folder).filter((it): it is TraceEntry => it.kind === 'trace');
    const html = readFileSync(join(folder, 'report.html'), 'utf8');
    const systems = await Promise.all(
      traces.map(async ({ traceId, url }) => {
        expect(html).toContain(url);
        const answer = await fetch(`${jaeger}/api/traces/${traceId}`);
        expect(answer.status).toBe(200);
        const { data } = (await answer.json()) as {
          data: { spans: { tags: { key: string; value: unknown }[] }[] }[];
        };
        const tags = data[0]!.spans.flatMap((span) => span.tags);
        const has = (key: string, value?: string) =>
          tags.some((tag) => tag.key === key && (value === undefined || tag.value === value));
        return [
          has('http.route') && 'http',
          has('db.system.name', 'postgresql') && 'postgresql',
          has('db.system.name', 'redis') && 'redis',
        ];
      }),
    );
    expect(systems).toContainEqual(['http', 'postgresql', 'redis']);
  });

  it('is judged again to the same bytes, and differently when a sample changes', async () => {
    const path = join(folder, 'verdict.json');
    const stored = readFileSync(path, 'utf8');
    rmSync(path);
    expect((await desk.run(['judge', folder])).code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(stored);

    const journal = join(folder, 'journal.ndjson');
    const lines = readFileSync(journal, 'utf8');
    const changed = lines.replace('"from":"database","found":"same"', '"from":"database","found":"missing"');
    expect(changed).not.toBe(lines);
    writeFileSync(journal, changed);
    try {
      expect((await desk.run(['judge', folder])).code).toBe(1);
      expect(readFileSync(path, 'utf8')).not.toBe(stored);
    } finally {
      writeFileSync(journal, lines);
      writeFileSync(path, stored);
    }
  });

  it('shows verdict, chart and fault band in a browser', async () => {
    await using browser = await openBrowser();
    const page = await browser.context.newPage();
    await page.goto(pathToFileURL(join(folder, 'report.html')).href);
    expect((await page.getByTestId('verdict').textContent())?.toLowerCase()).toContain('met');
    expect(await page.getByTestId('chart-latency').locator('path').count()).toBeGreaterThan(2);
    const band = page.getByTestId('fault-band').first();
    const [fromS, toS] = await Promise.all(
      ['data-from-s', 'data-to-s'].map((name) => band.getAttribute(name)),
    );
    expect(Number(toS) - Number(fromS)).toBeCloseTo(9, 0);
  });

  it('says what took part', () => {
    const { versions, scenario } = entriesOf(folder)[0] as RunEntry;
    expect(Object.keys(versions)).toEqual(expect.arrayContaining(['ordeal', 'node', 'k6']));
    expect(scenario.name).toBe('redis-outage');
  });
});
