import { expect, it } from 'vitest';
import { gauge } from './gauge.ts';

const base = {
  kind: 'latency',
  claim: '',
  phase: 'fault',
  unit: 'ms',
  limit: 100,
  bound: 'below',
  samples: 1,
} as const;

it.each([
  ['half way', { observed: 65, interval: [52, 78] }, { dot: '50%', from: '40%', width: '20.0%' }],
  [
    'open to the right',
    { observed: 65, interval: [52, Number.POSITIVE_INFINITY] },
    { dot: '50%', from: '40%', width: '60.0%' },
  ],
  [
    'never happened',
    { observed: Number.POSITIVE_INFINITY, interval: [65, Number.POSITIVE_INFINITY] },
    { dot: '100%', from: '50%', width: '50.0%' },
  ],
  ['counted', { observed: 65, interval: [65, 65] }, { dot: '50%', from: '50%', width: '0.5%' }],
] as const)('%s', (_, seen, { dot, from, width }) => {
  const drawn = gauge({ ...base, outcome: 'violated', ...seen })!.text;
  expect(drawn).toContain(`<circle cx="${dot}"`);
  expect(drawn).toContain(`<rect class="range" x="${from}" width="${width}"`);
  expect(drawn).toContain('class="bound" x1="76.9%"');
});

it.each([
  ['nothing was observed', { ...base, outcome: 'inconclusive', reason: '' }],
  ['its limit is zero', { ...base, limit: 0, outcome: 'met', observed: 0, interval: [0, 0] }],
] as const)('draws nothing when %s', (_, judgement) => {
  expect(gauge(judgement)).toBeUndefined();
});
