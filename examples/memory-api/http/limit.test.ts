import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { RedisConnection } from '../cache/connection.ts';
import { createLogger } from '../logger.ts';
import { startRedis, type TestRedis } from '../test-servers.ts';
import { Limit } from './limit.ts';

const { runs, titled } = await needs('redis');
const options = { name: 'test', requests: 3, windowS: 60 };
const breaker = { enabled: true, failures: 2, resetMs: 60_000 };

let redis: TestRedis;
let connection: RedisConnection;
beforeAll(async () => {
  if (!runs) return;
  redis = await startRedis();
  connection = await connect(60_000);
});
afterAll(async () => {
  await connection?.close();
  await redis?.[Symbol.asyncDispose]();
});

async function connect(commandTimeoutMs: number): Promise<RedisConnection> {
  const opened = new RedisConnection({ url: redis.url, commandTimeoutMs, breaker }, createLogger('silent'));
  await opened.open();
  return opened;
}

async function takeAll(limit: Limit, key: string, times: number): Promise<boolean[]> {
  const taken = [];
  for (let n = 0; n < times; n += 1) taken.push((await limit.take(key)).allowed);
  return taken;
}

describe.runIf(runs)(titled('a limit'), () => {
  it('is one for all processes, and by key', async () => {
    const [one, other] = [new Limit(connection, options), new Limit(connection, options)];
    expect(await one.take('a')).toEqual({ limit: options, allowed: true, remaining: 2, resetS: 60 });
    expect(await takeAll(other, 'a', 3)).toEqual([true, true, false]);
    expect(await one.take('a')).toMatchObject({ allowed: false, remaining: 0 });
    expect(await takeAll(one, 'b', 1)).toEqual([true]);
    expect(await connection.client.ttl('limit:test:a')).toBeGreaterThan(0);
  });

  it('asks Redis no more about who is over it', async () => {
    const limit = new Limit(connection, options);
    await takeAll(limit, 'c', 4);
    const counted = await connection.client.get('limit:test:c');
    expect(await takeAll(limit, 'c', 5)).toEqual(Array(5).fill(false));
    expect(await connection.client.get('limit:test:c')).toBe(counted);
  });

  it('waits for a Redis that is silent until that is clear, and counts here', async () => {
    const timeoutMs = 500;
    const hasty = await connect(timeoutMs);
    const limit = new Limit(hasty, { ...options, requests: 30 });
    redis.pause();
    try {
      const startedAtMs = performance.now();
      const expected = Array.from({ length: 40 }, (_, turn) => turn < 30);
      expect(await takeAll(limit, 'd', 40)).toEqual(expected);
      // Each on its own would have waited.
      expect(performance.now() - startedAtMs).toBeLessThan(20 * timeoutMs);
      expect(hasty.state).toBe('open');
    } finally {
      redis.resume();
      await hasty.close();
    }
  });
});
