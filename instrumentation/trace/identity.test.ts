import { expect, it } from 'vitest';
import { identify } from './identity.ts';

const made = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

it.each([
  ['a', 'a'],
  ['A.b_c-9', 'A.b_c-9'],
  ['x'.repeat(128), 'x'.repeat(128)],
  ['x'.repeat(129), made],
  ['x'.repeat(15_000), made],
  ['', made],
  ['a b', made],
  ['one, two', made],
  ['a\n', made],
  [undefined, made],
  [['a'], made],
])('request id %j becomes %s', (given, expected) => {
  expect(identify(given, undefined).requestId).toEqual(expected);
});

it.each([
  ['user@example.org', 'user@example.org'],
  ['', 'anonymous'],
  [undefined, 'anonymous'],
  ['two words', 'anonymous'],
  ['é', 'anonymous'],
  ['x'.repeat(129), 'anonymous'],
])('user id %j becomes %s', (given, expected) => {
  expect(identify(undefined, given).userId).toBe(expected);
});
