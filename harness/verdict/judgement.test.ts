import { describe, expect, it } from 'vitest';
import { byInterval, type Claim, inconclusive, takeBack } from './judgement.ts';
import type { Judgement } from './verdict.ts';

const claim = (bound: Claim['bound'], limit: number): Claim => ({
  kind: 'latency',
  claim: 'c',
  phase: 'fault',
  unit: 'ms',
  limit,
  bound,
});

describe('byInterval', () => {
  it.each<[Claim['bound'], readonly [number, number], Judgement['outcome']]>([
    ['below', [150, 199.9], 'met'],
    ['below', [150, 200], 'inconclusive'],
    ['below', [200, 200], 'violated'],
    ['below', [200, Infinity], 'violated'],
    ['below', [199, Infinity], 'inconclusive'],
    ['at-most', [200, 200], 'met'],
    ['at-most', [0, 200], 'met'],
    ['at-most', [200, 200.1], 'inconclusive'],
    ['at-most', [Infinity, Infinity], 'violated'],
    ['above', [200, 300], 'inconclusive'],
    ['above', [201, 300], 'met'],
    ['above', [100, 200], 'violated'],
    ['at-least', [200, 300], 'met'],
    ['at-least', [199, 200], 'inconclusive'],
    ['at-least', [100, 199], 'violated'],
  ])('%s 200 with %j is %s', (bound, interval, outcome) => {
    expect(byInterval(claim(bound, 200), { observed: interval[0], interval, samples: 9 }).outcome).toBe(
      outcome,
    );
  });

  it('says what it saw when the limit lies within', () => {
    const judgement = byInterval(claim('below', 200), {
      observed: 190,
      interval: [180, 1_230],
      samples: 412,
    });
    expect(judgement).toMatchObject({
      reason: 'the limit 200 ms lies within the 95 % interval, 180 ms to 1.23 s (412 samples)',
      observed: 190,
      interval: [180, 1_230],
    });
  });

  it('takes the value itself for the interval of what was counted', () => {
    expect(byInterval(claim('at-most', 0), { observed: 3, samples: 9 })).toMatchObject({
      interval: [3, 3],
      outcome: 'violated',
    });
  });
});

describe('takeBack', () => {
  const met = byInterval(claim('below', 200), {
    observed: 100,
    interval: [90, 110],
    samples: 800,
    detail: 'd',
  });

  it('keeps what was seen and says why it does not count', () => {
    expect(takeBack(met, 'because')).toEqual({
      ...claim('below', 200),
      outcome: 'inconclusive',
      reason: 'because',
      observed: 100,
      interval: [90, 110],
      samples: 800,
    });
  });

  it('leaves an inconclusive one its own reason', () => {
    const own = inconclusive(claim('below', 200), 'own');
    expect(takeBack(own, 'other')).toBe(own);
  });
});

it('always writes the keys in the same order', () => {
  const odd = { bound: 'below', limit: 1, unit: 'ms', phase: 'run', claim: 'c', kind: 'latency' } as const;
  const order = ['kind', 'claim', 'phase', 'unit', 'limit', 'bound', 'outcome'];
  expect(Object.keys(byInterval(odd, { detail: 'd', samples: 1, observed: 0 }))).toEqual([
    ...order,
    'observed',
    'interval',
    'samples',
    'detail',
  ]);
  expect(Object.keys(inconclusive(odd, 'r', { samples: 1, observed: 0, interval: [0, 0] }))).toEqual([
    ...order,
    'reason',
    'observed',
    'interval',
    'samples',
  ]);
});
