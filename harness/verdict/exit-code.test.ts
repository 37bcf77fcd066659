import { describe, expect, it } from 'vitest';
import { exitCodeOf, type Standing } from './exit-code.ts';

/** Every combination there is; a broken invariant makes the outcome `violated`. */
const table: [
  Standing['ending'],
  Standing['signal'],
  broken: number,
  violated: number,
  inconclusive: number,
  met: number,
][] = [
  ['completed', undefined, 1, 1, 2, 0],
  ['interrupted', 'SIGINT', 1, 130, 130, 130],
  ['interrupted', 'SIGTERM', 1, 143, 143, 143],
  ['interrupted', undefined, 1, 130, 130, 130],
  ['infrastructure-failed', undefined, 1, 4, 4, 4],
  ['harness-failed', undefined, 1, 3, 3, 3],
  ['cut-off', undefined, 1, 3, 3, 3],
];

const rows = table.flatMap(([ending, signal, broken, violated, inconclusive, met]) => [
  { ending, signal, outcome: 'violated' as const, invariantBroken: true, code: broken },
  { ending, signal, outcome: 'violated' as const, invariantBroken: false, code: violated },
  { ending, signal, outcome: 'inconclusive' as const, invariantBroken: false, code: inconclusive },
  { ending, signal, outcome: 'met' as const, invariantBroken: false, code: met },
]);

describe('exitCodeOf', () => {
  it.each(rows)(
    '$ending $signal, $outcome, invariant broken: $invariantBroken gives $code',
    ({ code, signal, ...rest }) => {
      expect(exitCodeOf({ ...rest, ...(signal && { signal }) })).toBe(code);
    },
  );
});
