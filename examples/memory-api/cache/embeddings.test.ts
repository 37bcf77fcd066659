import { beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { startRedis, type TestRedis } from '../test-servers.ts';
import { KeptEmbeddings } from './embeddings.ts';
import { ask, openCache } from './test-cache.ts';

const { runs, titled } = await needs('redis');

const daySeconds = 24 * 60 * 60;

let redis: TestRedis;

beforeEach(async () => {
  redis = await startRedis();
  return () => redis[Symbol.asyncDispose]();
});

describe.runIf(runs)(titled('embeddings in the cache'), () => {
  it('are there for every process, for as long as was said', async () => {
    await using a = await openCache(redis.url);
    await using b = await openCache(redis.url);
    const kept = new KeptEmbeddings(a, 3);
    expect(await kept.get('hash')).toBeUndefined();
    kept.set('hash', [1, 2, 3], daySeconds);
    expect(await kept.get('hash')).toEqual([1, 2, 3]);
    expect(await new KeptEmbeddings(b, 3).get('hash')).toEqual([1, 2, 3]);
    const ttlS = await ask(redis, (client) => client.ttl('embedding:hash'));
    expect(ttlS).toBeGreaterThan(daySeconds - 10);
    expect(ttlS).toBeLessThanOrEqual(daySeconds);
  });

  it('stay when everything is invalidated', async () => {
    await using cache = await openCache(redis.url);
    const kept = new KeptEmbeddings(cache, 3);
    await cache.get('memory:1', async () => 1, { parse: Number, stamps: ['memory:1'] });
    kept.set('hash', [1, 2, 3], daySeconds);
    await ask(redis, async (client) => client.unlink(await client.keys('stamp:*')));
    expect(await kept.get('hash')).toEqual([1, 2, 3]);
  });

  it.each([
    '{"under":[],"value":[1,2]}',
    '{"under":[],"value":"tea"}',
    '{"under":[],"value":[1,2,null]}',
    'x',
  ])('are not taken from %s', async (text) => {
    await using cache = await openCache(redis.url);
    const kept = new KeptEmbeddings(cache, 3);
    await ask(redis, (client) => client.set('embedding:hash', text));
    expect(await kept.get('hash')).toBeUndefined();
  });

  it('are gone and throw nothing while Redis is gone, but for those in the process', async () => {
    await using cache = await openCache(redis.url);
    const process = { maxEntries: 2, maxBytes: 1000, ttlMs: 60_000 };
    await using near = await openCache(redis.url, { process });
    await redis.kill();
    for (const [it, embedding] of [
      [cache, undefined],
      [near, [1, 2, 3]],
    ] as const) {
      const kept = new KeptEmbeddings(it, 3);
      kept.set('hash', [1, 2, 3], daySeconds);
      expect(await kept.get('hash')).toEqual(embedding);
    }
  });
});
