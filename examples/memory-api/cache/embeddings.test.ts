import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { type Embedder, HashingEmbedder } from '../embedder.ts';
import { startRedis, type TestRedis } from '../test-servers.ts';
import { CachingEmbedder } from './embeddings.ts';
import { ask, openCache } from './test-cache.ts';

const { runs, titled } = await needs('redis');

let redis: TestRedis;

beforeEach(async () => {
  redis = await startRedis();
  return () => redis[Symbol.asyncDispose]();
});

/** An embedder that tells what it was asked. */
class Counting extends HashingEmbedder implements Embedder {
  override readonly model: 'hashing';
  readonly asked: string[] = [];

  constructor(model = 'hashing') {
    super();
    this.model = model as 'hashing';
  }

  override async embed(text: string): Promise<number[]> {
    this.asked.push(text);
    return super.embed(text);
  }
}

describe.runIf(runs)(titled('the cache of embeddings'), () => {
  it('asks the embedder once per text, for 24 h, under the SHA-256 of model and text', async () => {
    await using cache = await openCache(redis.url);
    const counting = new Counting();
    const embedder = new CachingEmbedder(counting, cache);
    const embedding = await new HashingEmbedder().embed('green tea');
    expect(await embedder.ask('green tea')).toEqual({ embedding, cached: false });
    expect(await embedder.ask('green tea')).toEqual({ embedding, cached: true });
    expect(await embedder.embed('green tea')).toEqual(embedding);
    expect(counting.asked).toEqual(['green tea']);
    const hash = createHash('sha256').update('["hashing","green tea"]').digest('hex');
    const ttlS = await ask(redis, (client) => client.ttl(`embedding:${hash}`));
    expect(ttlS).toBeGreaterThan(86_390);
    expect(ttlS).toBeLessThanOrEqual(86_400);
  });

  it('keeps models apart', async () => {
    await using cache = await openCache(redis.url);
    const other = new Counting('other');
    await new CachingEmbedder(new Counting(), cache).embed('tea');
    await new CachingEmbedder(other, cache).embed('tea');
    expect(other.asked).toEqual(['tea']);
  });

  it('is not touched when everything else is invalidated', async () => {
    await using cache = await openCache(redis.url);
    const counting = new Counting();
    const embedder = new CachingEmbedder(counting, cache);
    await embedder.embed('tea');
    await ask(redis, async (client) => client.unlink(...(await client.keys('stamp:*')), 'none'));
    await embedder.embed('tea');
    expect(counting.asked).toEqual(['tea']);
  });

  it.each([
    '{"under":[],"value":[1,2,3]}',
    '{"under":[],"value":"tea"}',
    `{"under":[],"value":[${'null,'.repeat(63)}1]}`,
    'garbage',
  ])('takes %s for a miss', async (text) => {
    await using cache = await openCache(redis.url);
    const counting = new Counting();
    const embedder = new CachingEmbedder(counting, cache);
    const right = await embedder.embed('tea');
    await ask(redis, async (client) => client.set((await client.keys('embedding:*'))[0]!, text));
    expect(await embedder.embed('tea')).toEqual(right);
    expect(counting.asked).toEqual(['tea', 'tea']);
  });

  it('gives everybody an array of their own', async () => {
    await using cache = await openCache(redis.url);
    const embedder = new CachingEmbedder(new HashingEmbedder(), cache);
    const [one, two] = await Promise.all([embedder.embed('tea'), embedder.embed('tea')]);
    expect(two).toEqual(one);
    expect(two).not.toBe(one);
  });

  it('goes on without Redis', async () => {
    await using cache = await openCache(redis.url);
    await redis.kill();
    const embedder = new CachingEmbedder(new HashingEmbedder(), cache);
    expect(await embedder.embed('tea')).toEqual(await new HashingEmbedder().embed('tea'));
  });
});
