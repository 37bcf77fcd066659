import { describe, expect, it } from 'vitest';
import { judge } from '../harness/verdict/judge.ts';
import { verdictText } from '../harness/verdict/text.ts';
import { journal } from './fixtures/journal.ts';
import { verdict } from './fixtures/verdict.ts';
import { formats, render } from './index.ts';

const folder = 'runs/redis-outage/2026-11-21T05-14-54.000Z';
const entries = [...journal({ ratePerSecond: 20 })];

it('has a file name for each format', () => {
  expect(formats.map(({ name, fileName }) => [name, fileName])).toEqual([
    ['text', 'report.txt'],
    ['html', 'report.html'],
    ['json', 'verdict.json'],
    ['junit', 'junit.xml'],
    ['markdown', 'report.md'],
  ]);
});

describe.each(formats.map(({ name }) => name))('%s', (name) => {
  it('gives the same bytes for the same record, also from entries that can be read only once', () => {
    const again = render(name, { entries: journal({ ratePerSecond: 20 }), verdict: judge(entries), folder });
    expect(again).toBe(render(name, { entries, verdict: judge(entries), folder }));
  });

  it('renders a journal cut off anywhere', () => {
    const step = Math.ceil(entries.length / 40);
    const lengths = [...Array(40).keys(), ...Array.from({ length: 40 }, (_, n) => n * step)];
    for (const length of lengths.filter((it) => it > 0)) {
      const part = entries.slice(0, length);
      expect(render(name, { entries: part, verdict: judge(part), folder })).toContain('redis-outage');
    }
  });

  it('renders a verdict without any entry', () => {
    expect(render(name, { entries: [], verdict: verdict(), folder })).toContain('redis-outage');
  });
});

it('renders json as the bytes that are stored', () => {
  expect(render('json', { entries, verdict: judge(entries), folder })).toBe(verdictText(judge(entries)));
});

describe('the page stays small', () => {
  it.each([
    ['40 s at 500 requests/s', { ratePerSecond: 500 }, 300_000],
    ['an hour with a breaker that flaps', { ratePerSecond: 2, seconds: 3600 }, 400_000],
  ])('%s', (_, shape, mostBytes) => {
    const all = [...journal(shape)];
    const page = render('html', { entries: all, verdict: judge(all), folder });
    expect(Buffer.byteLength(page)).toBeLessThan(mostBytes);
    const points = Math.max(
      ...[...page.matchAll(/class="line \w+" d="([^"]*)"/g)].map(([, path]) => path!.split('L').length),
    );
    expect(points).toBeLessThanOrEqual(600);
  });
});

it('renders 20,000 requests with as many spans in well under half a second of CPU', () => {
  const all = [...journal({ ratePerSecond: 500 })];
  const record = { entries: all, verdict: judge(all), folder };
  const before = process.cpuUsage();
  render('html', record);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(500);
});
