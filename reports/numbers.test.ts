import { describe, expect, it } from 'vitest';
import { count, duration, interval, limit, moment, observed, quantity } from './numbers.ts';

describe('quantity', () => {
  it.each([
    [12.3456, 'ms', '12.3 ms'],
    [0, 'ms', '0 ms'],
    [0.04321, 'ms', '0.043 ms'],
    [1234.5, 'ms', '1,235 ms'],
    [12_345, 'ms', '12.3 s'],
    [Number.POSITIVE_INFINITY, 'ms', '∞'],
    [0.9128, 'ratio', '91.3 %'],
    [1, 'ratio', '100 %'],
    [0.99996, 'ratio', '99.996 %'],
    [0.0000001, 'ratio', '0.00001 %'],
    [0, 'ratio', '0 %'],
    [1204, 'count', '1,204'],
    [0.4, 'count', '0.4'],
  ] as const)('writes %d %s as %s', (value, unit, text) => {
    expect(quantity(value, unit)).toBe(text);
  });

  it.each([
    [200.04, 200, 'ms', '200.04 ms'],
    [199.9996, 200, 'ms', '199.9996 ms'],
    [200, 200, 'ms', '200 ms'],
    [0.010004, 0.01, 'ratio', '1.0004 %'],
    [10_004, 10_000, 'ms', '10.004 s'],
  ] as const)('never rounds %d onto %d', (value, anchor, unit, text) => {
    expect(quantity(value, unit, [anchor])).toBe(text);
  });
});

describe('what a judgement shows', () => {
  const base = { kind: 'latency', claim: '', phase: 'fault', outcome: 'met', samples: 1 } as const;
  const judgement = (value: number, ends: readonly [number, number], unit: 'ms' | 'ratio' = 'ms') =>
    ({
      ...base,
      unit,
      limit: unit === 'ms' ? 200 : 0.8,
      bound: 'below',
      observed: value,
      interval: ends,
    }) as const;

  it.each([
    [judgement(12.34, [11.9, 12.81]), '12.3 ms', '[11.9, 12.8]'],
    [judgement(406, [406, 406]), '406 ms', ''],
    [judgement(199.9, [180, Number.POSITIVE_INFINITY]), '199.9 ms', '[180, ∞]'],
    [judgement(199.9, [180, JSON.parse('null')]), '199.9 ms', '[180, ∞]'],
    [judgement(12_000, [9_000, 14_000]), '12 s', '[9, 14]'],
    [judgement(0.79996, [0.78, 0.81], 'ratio'), '79.996 %', '[78, 81]'],
  ] as const)('%o', (it, value, ends) => {
    expect(observed(it)).toBe(value);
    expect(interval(it)).toBe(ends);
  });

  it('shows a dash where nothing was observed', () => {
    const nothing = {
      ...base,
      outcome: 'inconclusive',
      reason: '',
      unit: 'ms',
      limit: 1,
      bound: 'below',
    } as const;
    expect([observed(nothing), interval(nothing)]).toEqual(['–', '']);
  });

  it.each([
    ['below', '< 80 %'],
    ['above', '> 80 %'],
    ['at-most', '≤ 80 %'],
    ['at-least', '≥ 80 %'],
  ] as const)('writes the bound %s as %s', (bound, text) => {
    expect(limit({ bound, limit: 0.8, unit: 'ratio' })).toBe(text);
  });
});

it.each([
  [380, '380 ms'],
  [43_630, '43.6 s'],
  [125_400, '2 min 5 s'],
  [3_600_000, '60 min'],
])('writes %d ms as %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it.each([
  [1_795_238_094_000, '2026-11-21 05:14:54 UTC'],
  [Number.NaN, '–'],
])('writes the moment %d as %s', (atMs, text) => {
  expect(moment(atMs)).toBe(text);
});

it('groups digits of counts', () => {
  expect(count(1_234_567)).toBe('1,234,567');
});
