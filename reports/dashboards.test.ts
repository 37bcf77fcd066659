import { expect, it } from 'vitest';
import type { RunEntry } from '../harness/journal/entry.ts';
import { dashboardLinks } from './dashboards.ts';
import { journal, startedAtMs } from './fixtures/journal.ts';
import { verdict } from './fixtures/verdict.ts';
import { renderHtml } from './html/page.ts';
import { renderText } from './text.ts';

const folder = 'runs/redis-outage/2026-11-21T05-14-54.000Z';
const [first, ...rest] = [...journal({ ratePerSecond: 5 })] as [RunEntry];
const observed = { ...first, grafana: 'http://127.0.0.1:3000' };
const { durationMs } = verdict();
const time = `from=${startedAtMs - 30_000}&to=${startedAtMs + durationMs + 30_000}`;
const url = `http://127.0.0.1:3000/d/ordeal-service?var-service=redis-outage&${time}`;

it('a run that reported to a Grafana links to its dashboards, at its time', () => {
  expect(dashboardLinks(observed, verdict())[0]).toEqual({ title: 'service', url });
  const record = { entries: [observed, ...rest], verdict: verdict(), folder };
  expect(renderText(record)).toContain(`\n  look    ${url}\n`);
  expect(renderHtml(record)).toContain(`<a href="${url.split('&')[0]}`);
});

it('no other does', () => {
  expect(dashboardLinks(first, verdict())).toEqual([]);
  const record = { entries: [first, ...rest], verdict: verdict(), folder };
  expect(renderText(record)).not.toContain('  look ');
  expect(renderHtml(record)).not.toContain('data-testid="dashboards"');
});
