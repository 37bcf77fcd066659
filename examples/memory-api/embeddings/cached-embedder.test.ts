import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Deadline } from '../resilience/deadline.ts';
import { CachedEmbedder, type EmbeddingCache } from './cached-embedder.ts';
import { defaultHttpEmbedderOptions, HttpEmbedder } from './http-embedder.ts';
import {
  blackHole,
  embeds,
  quickGuard,
  says,
  startProvider,
  type TestProvider,
  vectorOf,
} from './test-provider.ts';

let provider: TestProvider;
const told: { cached: boolean; outcome: string }[] = [];
const listen = (message: unknown) => void told.push(message as (typeof told)[number]);

beforeEach(async () => {
  provider = await startProvider();
  told.length = 0;
  subscribe('memory-api:embedding', listen);
});

afterEach(async () => {
  unsubscribe('memory-api:embedding', listen);
  await provider[Symbol.asyncDispose]();
});

describe('the cached embedder', () => {
  it('asks once for a text, keeps the embedding for 24 hours, and tells which came from the cache', async () => {
    const cache = new MapCache();
    const embedder = create(cache);
    for (let turn = 0; turn < 3; turn += 1)
      expect(await embedder.embed('coffee')).toEqual(vectorOf('coffee'));
    expect(provider.asked).toHaveLength(1);
    expect([...cache.ttlsS]).toEqual([86_400]);
    expect(told.map(({ cached }) => cached)).toEqual([false, true, true]);
  });

  it('asks for each text, model and dimension of its own', () => {
    const keys = [
      create(noCache).keyOf('coffee'),
      create(noCache).keyOf('coffee '),
      create(noCache, { model: 'other' }).keyOf('coffee'),
      create(noCache, { dimensions: 8 }).keyOf('coffee'),
    ];
    expect(new Set(keys).size).toBe(4);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/);
  });

  it('asks once for many who want the same at the same time', async () => {
    const embedder = create(noCache);
    const all = await Promise.all(Array.from({ length: 20 }, () => embedder.embed('coffee')));
    expect(all).toEqual(all.map(() => vectorOf('coffee')));
    // Nobody can spoil the embedding of another.
    expect(new Set(all).size).toBe(20);
    expect(provider.asked).toHaveLength(1);
  });

  it.each([
    ['is away', { ...noCache, get: () => Promise.reject(new Error('away')) }],
    ['takes nothing', { ...noCache, set: () => Promise.reject(new Error('away')) }],
    [
      'throws',
      {
        ...noCache,
        set: () => {
          throw new Error('away');
        },
      },
    ],
  ] satisfies [string, EmbeddingCache][])('does without a cache that %s', async (_what, cache) => {
    expect(await create(cache).embed('coffee')).toEqual(vectorOf('coffee'));
  });

  it('keeps no error', async () => {
    const embedder = create(new MapCache());
    provider.behaves(says(400));
    await expect(embedder.embed('coffee')).rejects.toMatchObject({ category: 'external' });
    provider.behaves(embeds);
    expect(await embedder.embed('coffee')).toEqual(vectorOf('coffee'));
    expect(told.map(({ outcome }) => outcome)).toEqual(['error', 'ok']);
  });

  it('lets nobody wait longer than their deadline, nor others lose by it', async () => {
    const answer = Promise.withResolvers<void>();
    provider.behaves((response, asked) => void answer.promise.then(() => embeds(response, asked)));
    const embedder = create(noCache);
    using within = new Deadline(30);
    const hurried = embedder.embed('coffee', within);
    const patient = embedder.embed('coffee');
    await expect(hurried).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    answer.resolve();
    expect(await patient).toEqual(vectorOf('coffee'));
    expect(provider.asked).toHaveLength(1);
  });

  it('lets nobody wait longer than their deadline for a cache that hangs', async () => {
    provider.behaves(blackHole);
    using within = new Deadline(30);
    const hanging = { ...noCache, get: () => new Promise<undefined>(() => {}) };
    await expect(create(hanging).embed('coffee', within)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });
});

const noCache: EmbeddingCache = { get: async () => undefined, set: () => {} };

class MapCache implements EmbeddingCache {
  readonly ttlsS: number[] = [];
  readonly #embeddings = new Map<string, readonly number[]>();

  async get(key: string) {
    return this.#embeddings.get(key);
  }

  set(key: string, embedding: readonly number[], ttlS: number): void {
    this.#embeddings.set(key, embedding);
    this.ttlsS.push(ttlS);
  }
}

function create(cache: EmbeddingCache, given: { model?: string; dimensions?: number } = {}): CachedEmbedder {
  const { baseUrl } = provider;
  const options = {
    ...defaultHttpEmbedderOptions,
    model: 'm',
    dimensions: 4,
    baseUrl,
    guard: quickGuard,
    ...given,
  };
  return new CachedEmbedder(new HttpEmbedder(options), cache);
}
