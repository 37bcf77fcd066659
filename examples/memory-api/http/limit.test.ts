import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { startRedis, type TestRedis } from '../test-servers.ts';
import { Limit } from './limit.ts';

const { runs, titled } = await needs('redis');
const options = { name: 'test', requests: 3, windowS: 60, timeoutMs: 50 };

let redis: TestRedis;
/** It would wait for an answer without end. */
let client: Redis;
beforeAll(async () => {
  if (!runs) return;
  redis = await startRedis();
  client = new Redis(redis.url, { enableOfflineQueue: false });
  client.on('error', () => {});
  await once(client, 'ready');
});
afterAll(async () => {
  client?.disconnect();
  await redis?.[Symbol.asyncDispose]();
});

async function takeAll(limit: Limit, key: string, times: number): Promise<boolean[]> {
  const taken = [];
  for (let n = 0; n < times; n += 1) taken.push((await limit.take(key)).allowed);
  return taken;
}

describe.runIf(runs)(titled('a limit'), () => {
  it('is one for all processes, and by key', async () => {
    const [one, other] = [new Limit(client, options), new Limit(client, options)];
    expect(await one.take('a')).toEqual({ limit: options, allowed: true, remaining: 2, resetS: 60 });
    expect(await takeAll(other, 'a', 3)).toEqual([true, true, false]);
    expect(await one.take('a')).toMatchObject({ allowed: false, remaining: 0 });
    expect(await takeAll(one, 'b', 1)).toEqual([true]);
    expect(await client.ttl('limit:test:a')).toBeGreaterThan(0);
  });

  it('asks Redis no more about who is over it', async () => {
    const limit = new Limit(client, options);
    await takeAll(limit, 'c', 4);
    const counted = await client.get('limit:test:c');
    expect(await takeAll(limit, 'c', 5)).toEqual(Array(5).fill(false));
    expect(await client.get('limit:test:c')).toBe(counted);
  });

  it('does not wait for a Redis that is silent, and counts here', async () => {
    const limit = new Limit(client, options);
    redis.pause();
    try {
      expect(await takeAll(limit, 'd', 5)).toEqual([true, true, true, false, false]);
    } finally {
      redis.resume();
    }
  });
});
