import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { durationMs, scaleDurations } from './scale.ts';

it.each([
  ['        for: 5m', '        for: 10000ms'],
  ['        keep_firing_for: 1h30m # long', '        keep_firing_for: 180000ms # long'],
  ['  group_wait: 30s', '  group_wait: 1000ms'],
  ['      repeat_interval: 5m', '      repeat_interval: 10000ms'],
  ['    interval: 1m', '    interval: 2000ms'],
  ['  - interval: 1m', '  - interval: 2000ms'],
  ['  scrape_interval: 5s', '  scrape_interval: 1000ms'],
  ['  scrape_timeout: 4s', '  scrape_timeout: 1000ms'],
  ['rate(a_total{job="b"}[5m]) > 0.1', 'rate(a_total{job="b"}[10000ms]) > 0.1'],
  ['max_over_time(rate(a[1m])[1h:1m])', 'max_over_time(rate(a[2000ms])[120000ms:2000ms])'],
  ['a unless a offset 5m', 'a unless a offset 10000ms'],
  ['rate(a[3d])', 'rate(a[8640000ms])'],
])('%s, thirty times shorter: %s', (text, expected) => {
  expect(scaleDurations(text, 30)).toBe(expected);
});

it.each([
  "description: 'above 1 s for 5m: [see]'",
  'expr: job:errors:increase5m > 5',
  'summary: waits 5m',
  '# for: 5m',
  'le="0.2"',
  'for: ever',
])('%s stays', (text) => {
  expect(scaleDurations(text, 30)).toBe(text);
});

describe('our own files', () => {
  const deploy = new URL('../', import.meta.url);
  const rules = ['prometheus/rules/', 'loki/rules/ordeal/'].flatMap((folder) =>
    readdirSync(new URL(folder, deploy)).map((name) => folder + name),
  );
  const files = [...rules, 'prometheus/prometheus.yml', 'alertmanager/alertmanager.yml', 'loki/loki.yml'];

  it.each(files)('%s keeps its lines', (file) => {
    const text = readFileSync(new URL(file, deploy), 'utf8');
    const scaled = scaleDurations(text, 30).split('\n');
    const different = text.split('\n').filter((line, at) => line !== scaled[at]);
    expect(scaled).toHaveLength(text.split('\n').length);
    expect(different.filter((line) => !/\d(?:ms|[smhdw])\b/.test(line))).toEqual([]);
  });

  it.each(rules)('%s: nothing that lasts is left as it was', (file) => {
    const text = readFileSync(new URL(file, deploy), 'utf8');
    expect(scaleDurations(text, 30)).not.toMatch(/(?:\bfor: |\[|offset )\d+[smhd]\b/);
  });
});

it.each([
  ['90s', 90_000],
  ['1h30m', 5_400_000],
  ['250ms', 250],
  ['1w', 604_800_000],
])('%s is %d ms', (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});

it.each(['', '5', 'm', '5 m', '5m!'])('"%s" is no duration', (text) => {
  expect(() => durationMs(text)).toThrow('expected a duration such as 5m');
});
