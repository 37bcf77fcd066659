import { expect, it } from 'vitest';
import { GenerationCache } from './generation-cache.ts';

it('keeps what is asked for, within its bounds', () => {
  const cache = new GenerationCache<number>({ entries: 100, characters: 1_000_000 });
  cache.set('often', 1);
  for (let i = 0; i < 10_000; i++) {
    cache.set(`once ${i}`, i);
    expect(cache.get('often')).toBe(1);
    expect(cache.size).toBeLessThanOrEqual(101);
  }
  expect(cache.get('once 0')).toBeUndefined();
});

it('counts characters', () => {
  const cache = new GenerationCache<number>({ entries: 1000, characters: 1000 });
  for (let i = 0; i < 100; i++) cache.set(`${i}`.padEnd(100), i);
  expect(cache.size).toBeLessThanOrEqual(10);
});
