import { describe, expect, it } from 'vitest';
import { SingleFlight } from './single-flight.ts';

describe('single flight', () => {
  it('loads once per key at a time, and again afterwards', async () => {
    const flights = new SingleFlight<string>();
    const loads: string[] = [];
    const load = (key: string) => async () => {
      loads.push(key);
      return key.toUpperCase();
    };
    const answers = await Promise.all(['a', 'a', 'b', 'a'].map((key) => flights.run(key, load(key))));
    expect(answers).toEqual(['A', 'A', 'B', 'A']);
    expect(loads).toEqual(['a', 'b']);
    await flights.run('a', load('a'));
    expect(loads).toEqual(['a', 'b', 'a']);
  });

  it('gives everybody the same error, and forgets it', async () => {
    const flights = new SingleFlight<string>();
    const fail = () => Promise.reject(new Error('no'));
    const both = await Promise.allSettled([flights.run('a', fail), flights.run('a', fail)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await flights.run('a', async () => 'yes')).toBe('yes');
  });
});
