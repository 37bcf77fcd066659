import { expect, it } from 'vitest';
import { Clock } from './clock.ts';

it('keeps the order of what happens within one millisecond', () => {
  const clock = new Clock();
  const told = [5, 5, 5, 6, 5].map((atMs) => clock.now(1_795_239_000_000 + atMs).atNs);
  expect(told).toEqual([
    '1795239000005000000',
    '1795239000005000001',
    '1795239000005000002',
    '1795239000006000000',
    '1795239000005000000',
  ]);
});
