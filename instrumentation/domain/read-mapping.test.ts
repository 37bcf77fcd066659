import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { durationBuckets } from '../metrics/buckets.ts';
import { readMapping } from './read-mapping.ts';

const folder = mkdtempSync(join(tmpdir(), 'ordeal-mapping-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'metrics.json');
const read = (content: unknown) => {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  const { metrics, problems } = readMapping(file);
  return { metrics, problems: problems.map((problem) => problem.replace(`${file}: `, '')) };
};
const counter = { channel: 'shop:order', name: 'orders', kind: 'counter' };
const histogram = { ...counter, name: 'orders.duration', kind: 'histogram', value: 'ms' };

it('reads the smallest entry', () => {
  expect(read({ metrics: [counter] })).toEqual({
    problems: [],
    metrics: [
      {
        channel: 'shop:order',
        definition: { name: 'orders', kind: 'counter', unit: '', description: '', integer: true },
        value: undefined,
        scale: 1,
        attributes: [],
        when: [],
      },
    ],
  });
});

it('reads everything that an entry can have', () => {
  const given = {
    channel: 'shop:order',
    name: 'orders.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long',
    value: 'timing.totalMs',
    scale: 0.001,
    attributes: { region: 'customer.region', kind: 'kind' },
    buckets: [0.1, 1],
    when: { ok: false },
  };
  expect(read({ $schema: 'x', metrics: [given] })).toEqual({
    problems: [],
    metrics: [
      {
        channel: 'shop:order',
        definition: {
          name: 'orders.duration',
          kind: 'histogram',
          unit: 's',
          description: 'How long',
          buckets: [0.1, 1],
        },
        value: ['timing', 'totalMs'],
        scale: 0.001,
        attributes: [
          { name: 'region', path: ['customer', 'region'] },
          { name: 'kind', path: ['kind'] },
        ],
        when: [{ path: ['ok'], is: false }],
      },
    ],
  });
});

it.each([
  ['s', durationBuckets],
  ['ms', undefined],
])('a histogram in %s has buckets that fit it', (unit, buckets) => {
  const { metrics } = read({ metrics: [{ ...histogram, unit }] });
  expect(metrics[0]?.definition.buckets).toEqual(buckets);
});

describe('an entry that is wrong is told and skipped, the others are used', () => {
  it.each([
    ['text', 'metrics[0]: expected an object, got "text"'],
    [null, 'metrics[0]: expected an object, got null'],
    [{ ...counter, channel: '' }, 'metrics[0].channel: expected the name of a diagnostics channel, got ""'],
    [
      { ...counter, name: '1st' },
      'metrics[0].name: expected letters, digits, _ . / -, a letter first, got "1st"',
    ],
    [
      { ...counter, kind: 'timer' },
      'metrics[0].kind: expected one of counter, up-down-counter, histogram, gauge, got "timer"',
    ],
    [
      { ...counter, name: 'HTTP.requests' },
      'metrics[0].name: expected a name that the preload does not use itself, got "HTTP.requests"',
    ],
    [{ ...counter, unit: 7 }, 'metrics[0].unit: expected a unit like s, By, 1 or {request}, got 7'],
    [{ ...counter, description: [] }, 'metrics[0].description: expected a text, got []'],
    [{ ...counter, value: 'a..b' }, 'metrics[0].value: expected the name of a field, got "a..b"'],
    [{ ...counter, scale: 0 }, 'metrics[0].scale: expected a number that is not 0, got 0'],
    [
      { ...counter, attributes: 'kind' },
      'metrics[0].attributes: expected at most 10 fields: ["field"] or {"attribute": "field"}, got "kind"',
    ],
    [
      { ...counter, attributes: { kind: 1 } },
      'metrics[0].attributes: expected at most 10 fields: ["field"] or {"attribute": "field"}, got {"kind":1}',
    ],
    [{ ...histogram, buckets: [1, 1] }, 'metrics[0].buckets: expected 1 to 100 ascending numbers, got [1,1]'],
    [{ ...counter, buckets: [1, 2] }, 'metrics[0].buckets: expected none for a counter, got [1,2]'],
    [
      { ...counter, when: { ok: null } },
      'metrics[0].when: expected {"field": value}, the value a text, number or boolean, got {"ok":null}',
    ],
    [
      { ...counter, atributes: ['kind'] },
      'metrics[0].atributes: expected no such field, but channel, name, kind, unit, description, value, scale, attributes, buckets, when, got ["kind"]',
    ],
    [{ ...counter, kind: 'gauge' }, 'metrics[0].value: expected the field that a gauge records, got nothing'],
    [{ ...counter, description: { long: 'x'.repeat(200) } }, expect.stringMatching(/x…$/)],
  ])('%j', (entry, problem) => {
    const good = { ...counter, name: 'good' };
    const { metrics, problems } = read({ metrics: [entry, good] });
    expect(problems).toEqual([problem]);
    expect(metrics.map(({ definition }) => definition.name)).toEqual(['good']);
  });

  it('tells all that is wrong with one together', () => {
    const { problems } = read({ metrics: [{ kind: 'gauge', scale: 'x' }] });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'metrics[0].channel',
      'metrics[0].name',
      'metrics[0].scale',
      'metrics[0].value',
    ]);
  });

  it('lets two channels feed one metric only when both say the same of it', () => {
    const elsewhere = { ...counter, channel: 'shop:return' };
    expect(read({ metrics: [counter, elsewhere] })).toMatchObject({ problems: [], metrics: [{}, {}] });
    expect(read({ metrics: [counter, { ...elsewhere, unit: 's' }] })).toMatchObject({
      problems: [
        'metrics[1]: expected orders as it is above, {"kind":"counter","unit":""}, got {"kind":"counter","unit":"s"}',
      ],
      metrics: [{}],
    });
  });

  it('tells no more than somebody reads', () => {
    const { problems } = read({ metrics: Array.from({ length: 33 }, () => 'x') });
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('and 13 more');
  });
});

describe('a file that is no mapping gives no metrics, one problem and no throw', () => {
  it.each([
    ['{"metrics": [', 'expected a JSON file with metrics, there are no domain metrics:'],
    ['', 'expected a JSON file with metrics, there are no domain metrics:'],
    ['[]', 'metrics: expected {"metrics": [...]}, got []'],
    ['{}', 'metrics: expected {"metrics": [...]}, got {}'],
    ['{"metrics": {}}', 'metrics: expected {"metrics": [...]}, got {}'],
    ['7', 'metrics: expected {"metrics": [...]}, got 7'],
    ['null', 'metrics: expected {"metrics": [...]}, got null'],
    [`"${'x'.repeat(1_000_000)}"`, 'it has 1000002 bytes, more than 1000000'],
  ])('%$#', (content, problem) => {
    const { metrics, problems } = read(content);
    expect(metrics).toEqual([]);
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });

  it.each([join(folder, 'missing.json'), folder, '/dev/zero', 'a\0b', ''])('%j', (path) => {
    const { metrics, problems } = readMapping(path);
    expect(metrics).toEqual([]);
    expect(problems).toEqual([expect.stringContaining('there are no domain metrics')]);
  });
});

it('finds nothing wrong with the mapping of the memory API', () => {
  const mapping = new URL('../../examples/memory-api/metrics.json', import.meta.url);
  expect(readMapping(fileURLToPath(mapping)).problems).toEqual([]);
});
