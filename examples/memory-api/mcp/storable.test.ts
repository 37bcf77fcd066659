import { describe, expect, it } from 'vitest';
import { isStorable } from './storable.ts';

const nested = (levels: number): unknown => (levels === 0 ? 'core' : { in: nested(levels - 1) });

describe('isStorable', () => {
  it.each([
    ['a text', 'Ada said: "€ 🦊"'],
    ['numbers and nothing', [1, -0.5, null, true, {}]],
    ['32 levels', nested(32)],
  ])('%s', (_, value) => expect(isStorable(value)).toBe(true));

  it.each([
    ['a NUL', 'a\0b'],
    ['a lone surrogate', '\ud83d'],
    ['a NUL far inside', { list: [{ text: '\0' }] }],
    ['a NUL in a key', { 'a\0': 1 }],
    ['33 levels', nested(33)],
  ])('not %s', (_, value) => expect(isStorable(value)).toBe(false));
});
