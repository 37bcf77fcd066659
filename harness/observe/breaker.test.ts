import { describe, expect, it } from 'vitest';
import type { BreakerState } from '../journal/entry.ts';
import { breakerIntervals, contradiction, signalAlive, stateAt } from './breaker.ts';
import type { BreakerTimeline } from './observations.ts';

const point = ([atMs, state]: [number, BreakerState]) => ({ atMs, state });
function timeline(
  transitions: [number, BreakerState][],
  samples: [number, BreakerState][] = [],
): BreakerTimeline {
  return { transitions: transitions.map(point), samples: samples.map(point) };
}

const window = { startMs: 1_000, endMs: 9_000 };

describe('breakerIntervals', () => {
  it.each([
    { what: 'closed throughout without a word', breaker: timeline([]), expected: ['closed 1000-9000'] },
    {
      what: 'what the first sample says',
      breaker: timeline([], [[500, 'open']]),
      expected: ['open 1000-9000'],
    },
    {
      what: 'each state in turn',
      breaker: timeline([
        [2_000, 'open'],
        [3_000, 'half-open'],
        [3_500, 'closed'],
      ]),
      expected: ['closed 1000-2000', 'open 2000-3000', 'half-open 3000-3500', 'closed 3500-9000'],
    },
    {
      what: 'a transition before the window as the state at its begin',
      breaker: timeline([
        [200, 'open'],
        [9_500, 'closed'],
      ]),
      expected: ['open 1000-9000'],
    },
    {
      what: 'a transition told twice as one',
      breaker: timeline([
        [2_000, 'open'],
        [2_000, 'open'],
        [4_000, 'open'],
      ]),
      expected: ['closed 1000-2000', 'open 2000-9000'],
    },
    {
      what: 'no interval of no length',
      breaker: timeline([
        [2_000, 'open'],
        [2_000, 'half-open'],
      ]),
      expected: ['closed 1000-2000', 'half-open 2000-9000'],
    },
    {
      what: 'closed before a first sample that comes after a transition',
      breaker: timeline([[2_000, 'open']], [[2_500, 'open']]),
      expected: ['closed 1000-2000', 'open 2000-9000'],
    },
  ])('gives $what', ({ breaker, expected }) => {
    const intervals = breakerIntervals(breaker, window);
    expect(intervals.map((it) => `${it.state} ${it.startMs}-${it.endMs}`)).toEqual(expected);
  });
});

describe('stateAt', () => {
  it.each([
    [1_999, 'closed'],
    [2_000, 'open'],
    [5_000, 'half-open'],
  ] as const)('at %i is %s', (atMs, expected) => {
    expect(
      stateAt(
        timeline([
          [2_000, 'open'],
          [4_000, 'half-open'],
        ]),
        atMs,
      ),
    ).toBe(expected);
  });
});

describe('contradiction', () => {
  it.each([
    {
      what: 'agreement',
      breaker: timeline(
        [[2_000, 'open']],
        [
          [1_500, 'closed'],
          [2_500, 'open'],
        ],
      ),
      atMs: undefined,
    },
    {
      what: 'a stamp a little late',
      breaker: timeline(
        [[2_000, 'open']],
        [
          [1_500, 'closed'],
          [2_200, 'closed'],
        ],
      ),
      atMs: undefined,
    },
    {
      what: 'a stamp a little early',
      breaker: timeline(
        [[2_000, 'open']],
        [
          [1_500, 'closed'],
          [1_900, 'open'],
        ],
      ),
      atMs: undefined,
    },
    {
      what: 'a state that came and went near the sample',
      breaker: timeline(
        [
          [2_000, 'open'],
          [2_100, 'half-open'],
          [2_150, 'closed'],
        ],
        [[2_050, 'half-open']],
      ),
      atMs: undefined,
    },
    {
      what: 'a lost transition',
      breaker: timeline(
        [],
        [
          [1_500, 'closed'],
          [2_500, 'open'],
        ],
      ),
      atMs: 2_500,
    },
    {
      what: 'a lost return',
      breaker: timeline(
        [[2_000, 'open']],
        [
          [1_500, 'closed'],
          [2_500, 'open'],
          [3_500, 'closed'],
        ],
      ),
      atMs: 3_500,
    },
    {
      what: 'a gauge that is stuck',
      breaker: timeline(
        [[2_000, 'open']],
        [
          [1_500, 'closed'],
          [2_500, 'closed'],
        ],
      ),
      atMs: 2_500,
    },
    { what: 'no samples', breaker: timeline([[2_000, 'open']]), atMs: undefined },
  ])('finds $atMs in $what', ({ breaker, atMs }) => {
    expect(contradiction(breaker)?.atMs).toBe(atMs);
  });
});

describe('signalAlive', () => {
  const every = (stepMs: number, fromMs = 1_000, toMs = 9_000) =>
    Array.from({ length: Math.floor((toMs - fromMs) / stepMs) }, (_, i): [number, BreakerState] => [
      fromMs + i * stepMs,
      'closed',
    ]);
  it.each([
    { what: 'one a second', samples: every(1_000), alive: true },
    { what: 'one in two seconds', samples: every(2_000), alive: true },
    { what: 'one in three seconds', samples: every(3_000), alive: false },
    { what: 'none', samples: [], alive: false },
    { what: 'many that end half-way', samples: every(250, 1_000, 3_500), alive: false },
    { what: 'those outside', samples: every(1_000, 9_001, 19_000), alive: false },
  ])('with $what: $alive', ({ samples, alive }) => {
    expect(signalAlive(timeline([], samples), window)).toBe(alive);
  });
});
