import { expect, it } from 'vitest';
import { tooOld } from './node-version.ts';

it.each([
  ['18.20.8', true],
  ['20.19.5', true],
  ['22.14.0', true],
  ['22.15.0', false],
  ['22.23.1', false],
  ['24.0.0', false],
  ['26.10.0', false],
])('Node %s is too old: %s', (version, old) => {
  expect(tooOld(version) !== undefined).toBe(old);
});
