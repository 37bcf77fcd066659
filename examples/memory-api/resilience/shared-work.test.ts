import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { SingleFlight } from '../single-flight.ts';
import { NextFlight } from '../storage/next-flight.ts';
import { Deadline } from './deadline.ts';
import { SharedWork } from './shared-work.ts';

describe.each([
  ['one load for all', SingleFlight],
  ['one refresh after the other', NextFlight],
])('work that several wait for: %s', (_which, Flights) => {
  it('goes on for who has time when the one who asked first has none left', async () => {
    const deadlines = new AsyncLocalStorage<Deadline>();
    const flights = new Flights<string>(new SharedWork(deadlines));
    const answer = Promise.withResolvers<string>();
    const limits: unknown[] = [];
    const load = () => {
      limits.push(deadlines.getStore());
      return answer.promise;
    };
    using short = new Deadline(100);
    using long = new Deadline(60_000);
    const first = deadlines.run(short, () => flights.run('key', load));
    const second = deadlines.run(long, () => flights.run('key', load));
    await expect(first).rejects.toMatchObject({ cause: { code: 'DEADLINE_EXCEEDED' } });
    answer.resolve('here');
    expect(await second).toBe('here');
    expect(new Set(limits)).toEqual(new Set([undefined]));
  });

  it('is not waited for longer than the request lasts', async () => {
    const deadlines = new AsyncLocalStorage<Deadline>();
    const flights = new Flights<string>(new SharedWork(deadlines));
    const answer = Promise.withResolvers<string>();
    const first = flights.run('key', () => answer.promise);
    using short = new Deadline(50);
    const second = deadlines.run(short, () => flights.run('key', () => answer.promise));
    await expect(second).rejects.toMatchObject({ cause: { code: 'DEADLINE_EXCEEDED' } });
    answer.resolve('here');
    expect(await first).toBe('here');
  });
});
