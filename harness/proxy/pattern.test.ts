import { expect, test } from 'vitest';
import { compilePattern } from './pattern.ts';

const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

test.each([
  ['memory:*', 'memory:1', true],
  ['memory:*', 'memory:', true],
  ['memory:*', 'memory', false],
  ['memory:*', 'a memory:1', false],
  ['*', '', true],
  ['*:cached', 'x:cached', true],
  ['*:cached', 'x:cached:y', false],
  ['a*b*c', 'abc', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['ab*ba', 'aba', false],
  ['a*a', 'a', false],
  ['exact', 'exact', true],
  ['exact', 'exactly', false],
  ['m.m*', 'mxm', false],
  ['**', 'anything', true],
  ['größe:*', 'größe:1', true],
])('%s on %j: %s', (pattern, key, matches) => {
  expect(compilePattern(pattern)(latin1(key))).toBe(matches);
});

test('many stars take no time on a long key', () => {
  const matches = compilePattern(`${'a*'.repeat(50)}b`);
  const startedMs = performance.now();
  expect(matches('a'.repeat(4096))).toBe(false);
  expect(performance.now() - startedMs).toBeLessThan(100);
});
