import { channel } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HistogramPoint } from '../metrics/histogram-point.ts';
import type { Origin } from '../metrics/metric.ts';
import { Registry } from '../metrics/registry.ts';
import type { MappedMetric } from './mapping.ts';
import { watchChannels } from './watch-channels.ts';

const kept = process.stderr.write;
let complaints: string[] = [];
let test = 0;
beforeEach(() => {
  test += 1;
  complaints = [];
  process.stderr.write = ((text: string) => complaints.push(text)) as never;
});
afterEach(() => {
  process.stderr.write = kept;
});

/** Watches a channel of its own for each call; `points()` is what would be sent. */
function watch(entry: Partial<Omit<MappedMetric, 'definition'>> & { kind?: string }, origin?: Origin) {
  const { kind = 'counter', ...rest } = entry;
  const name = `test:${test}`;
  const metrics = new Registry({ exemplars: true, tell: () => {} }).scope('test');
  const definition = { name: 'it', kind, unit: '', description: '', buckets: [1, 10] } as never;
  const mapped = {
    channel: name,
    value: undefined,
    scale: 1,
    attributes: [],
    when: [],
    definition,
    ...rest,
  };
  watchChannels([mapped], metrics, () => origin);
  return {
    publish: (...messages: unknown[]) => {
      for (const message of messages) channel(name).publish(message);
    },
    points: (metric = 'it') =>
      [...metrics.all()]
        .filter(({ definition }) => definition.name === metric)
        .flatMap((found): object[] => [...found.read()]),
    metrics,
  };
}
const by = (...names: string[]) => names.map((name) => ({ name, path: name.split('.') }));

describe('messages become values', () => {
  it.each([
    ['a counter counts messages', {}, [{}, null, 'x'], [{ value: 3, attributes: {} }]],
    ['a counter adds a field', { value: ['n'] }, [{ n: 2 }, { n: 0.5 }], [{ value: 2.5 }]],
    ['a field inside a field', { value: ['a', 'b'] }, [{ a: { b: 4 } }], [{ value: 4 }]],
    ['each number of a list', { value: ['n'] }, [{ n: [1, 2, 3] }], [{ value: 6 }]],
    ['up and down', { kind: 'up-down-counter', value: ['n'] }, [{ n: 5 }, { n: -2 }], [{ value: 3 }]],
    ['a gauge keeps the last', { kind: 'gauge', value: ['n'] }, [{ n: 5 }, { n: -2 }], [{ value: -2 }]],
    ['a scale', { kind: 'gauge', value: ['ms'], scale: 0.001 }, [{ ms: 250 }], [{ value: 0.25 }]],
    [
      'by attributes',
      { attributes: by('kind', 'ok') },
      [
        { kind: 'fact', ok: true },
        { kind: 'fact', ok: false },
        { kind: 'fact', ok: true },
      ],
      [
        { value: 2, attributes: { kind: 'fact', ok: true } },
        { value: 1, attributes: { kind: 'fact', ok: false } },
      ],
    ],
    [
      'an attribute that is not there, or is no text, number or boolean, is left out',
      { attributes: by('a.b', 'c') },
      [{ c: 1 }, { a: null, c: 1 }, { a: { b: {} }, c: 1 }],
      [{ value: 3, attributes: { c: 1 } }],
    ],
    [
      'a long attribute is cut',
      { attributes: by('text') },
      [{ text: 'x'.repeat(101) }, { text: 'x'.repeat(5000) }],
      [{ value: 2, attributes: { text: 'x'.repeat(100) } }],
    ],
    [
      'only when',
      { when: [{ path: ['outcome'], is: 'error' }] },
      [{ outcome: 'ok' }, { outcome: 'error' }, {}, null],
      [{ value: 1 }],
    ],
  ])('%s', (_, entry, messages, expected) => {
    const { publish, points } = watch(entry);
    publish(...messages);
    expect(points()).toMatchObject(expected);
    expect(points()).toHaveLength(expected.length);
    expect(complaints).toEqual([]);
  });

  it('a histogram records each score, with the span as exemplar', () => {
    const origin = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    const { publish, points } = watch({ kind: 'histogram', value: ['scores'] }, origin);
    publish({ scores: [0.5, 5, 50, 50] }, { scores: [] });
    expect(points()).toMatchObject([{ count: 4, sum: 105.5 }]);
    const [point] = points() as [HistogramPoint];
    expect([0, 1, 2].map((bucket) => point.exemplar(bucket))).toMatchObject([origin, origin, origin]);
  });

  it('two channels feed one metric', () => {
    const metrics = new Registry({ exemplars: false, tell: () => {} }).scope('test');
    const definition = { name: 'it', kind: 'gauge', unit: '', description: '' } as const;
    const entry = { definition, value: ['n'], scale: 1, attributes: [], when: [] };
    const channels = [`one:${test}`, `two:${test}`];
    watchChannels(
      channels.map((name) => ({ ...entry, channel: name })),
      metrics,
    );
    for (const [at, name] of channels.entries()) channel(name).publish({ n: at });
    expect([...metrics.all()].map((metric) => metric.read())).toMatchObject([[{ value: 1 }]]);
  });
});

describe('a message that cannot be used is counted, told once, and harms nobody', () => {
  const trap = new Proxy(
    {},
    {
      get: () => {
        throw new Error('private');
      },
      getPrototypeOf: () => {
        throw new Error('private');
      },
    },
  );
  it.each([
    ['missing', {}, 'got nothing'],
    ['null', null, 'got nothing'],
    ['text', { n: 'private' }, 'got a value of type string'],
    ['not finite', { n: Number.NaN }, 'got a number that is not finite'],
    ['bigint', { n: 1n }, 'got a value of type bigint'],
    ['below 0', { n: -1 }, 'got a number below 0'],
    ['one of a list', { n: [1, 'private'] }, 'got a value of type string'],
    ['throws', trap, 'got an error'],
    ['throws when one looks at it', { n: trap }, 'got a value of type object'],
  ])('%s', (_, message, got) => {
    const { publish, points } = watch({ value: ['n'] });
    expect(() => publish(message, message)).not.toThrow();
    expect(points('ordeal.domain.unusable')).toMatchObject([{ value: 2, attributes: { metric: 'it' } }]);
    expect(complaints).toEqual([
      `@ordeal/preload: a message on test:${test} is left out of it (told once): expected a number in n, ${got}\n`,
    ]);
  });
});

it('many values of an attribute make 200 series at most, and none is lost', () => {
  const { publish, points } = watch({ attributes: by('user') });
  for (let user = 0; user < 5000; user += 1) publish({ user: `user-${user}` });
  const values = points().map((point) => (point as { value: number }).value);
  expect(values).toHaveLength(200);
  expect(values.reduce((sum, value) => sum + value)).toBe(5000);
});

it('records no more than the first thousand numbers of a message', () => {
  const { publish, points } = watch({ value: ['n'] });
  publish({ n: new Array(100_000).fill(1) });
  expect(points()).toMatchObject([{ value: 1000 }]);
});
