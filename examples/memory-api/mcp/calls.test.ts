import { expect, it } from 'vitest';
import { Calls } from './calls.ts';

it('is settled when what ran is done, also what failed and what began meanwhile', async () => {
  const calls = new Calls();
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const done: string[] = [];
  const failing = calls
    .run(() => first.promise)
    .catch(() => {
      done.push('first');
      return calls.run(() => second.promise).then(() => done.push('second'));
    });
  const settled = calls.settled().then(() => done.push('settled'));
  first.reject(new Error('broken'));
  await new Promise(setImmediate);
  expect(done).toEqual(['first']);
  second.resolve();
  await Promise.all([failing, settled]);
  expect(done).toEqual(['first', 'second', 'settled']);
});

it('gives what the work gives', async () => {
  const calls = new Calls();
  expect(await calls.run(async () => 7)).toBe(7);
  await expect(calls.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await calls.settled();
});
