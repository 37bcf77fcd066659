import { describe, expect, it } from 'vitest';
import { ExternalError } from '../errors.ts';
import { defaultGuardOptions } from './call-guard.ts';
import { Deadline } from './deadline.ts';
import { Retry } from './retry.ts';

const { retry } = defaultGuardOptions;
const longest = { ...retry, attempts: 10, budget: { share: 1, savings: 100 } };
const justBelow1 = 1 - Number.EPSILON;

describe('the pauses before retries', () => {
  it('are at most 1 s and then twice as long each time, up to 60 s, and at least half of that', async () => {
    const most = [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000);
    const close = (pausesMs: readonly number[]) => pausesMs.map((pauseMs) => expect.closeTo(pauseMs, 6));
    expect(await pausesMs(longest, () => justBelow1)).toEqual(close(most));
    expect(await pausesMs(longest, () => 0)).toEqual(close(most.map((pauseMs) => pauseMs / 2)));
  });

  it('are two when nothing else is asked for', async () => {
    expect(await pausesMs(retry, () => 0.5)).toEqual([750, 1500]);
  });

  it('are other ones each time, so that those who failed together do not come again together', async () => {
    const [one, other] = [await pausesMs(longest), await pausesMs(longest)];
    expect(one).toHaveLength(9);
    for (const [at, pauseMs] of one.entries()) expect(pauseMs).not.toBe(other[at]);
  });

  it('are as long as the dependency asked for, when that is longer', async () => {
    const error = Object.assign(new ExternalError('it'), { retryAfterMs: 1200 });
    expect(await pausesMs(retry, () => 0.5, error)).toEqual([1200, 1500]);
  });
});

/** Those that are really taken, by a call that fails each time; nobody waits. */
async function pausesMs(
  options: typeof retry,
  random = Math.random,
  error = new ExternalError('it'),
): Promise<number[]> {
  const taken: number[] = [];
  const wait = async (pauseMs: number) => void taken.push(pauseMs);
  using deadline = new Deadline(3_600_000);
  const failing = new Retry(options, { wait, random }).run(() => Promise.reject(error), deadline);
  await expect(failing).rejects.toBe(error);
  return taken;
}
