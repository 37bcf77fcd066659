import { expect, it } from 'vitest';
import { olderThan } from './version.ts';

it.each([
  ['1.8.1', '1.0.0', false],
  ['1.0.0', '1.0.0', false],
  ['0.57.0', '1.0.0', true],
  ['1.9', '1.10', true],
  ['15', '14', false],
  ['14', '14', false],
  ['13.9', '14', true],
  ['2', '1.9.9', false],
  ['1', '1.0.1', true],
])('%s is older than %s: %s', (version, least, older) => {
  expect(olderThan(version, least) !== undefined).toBe(older);
});
