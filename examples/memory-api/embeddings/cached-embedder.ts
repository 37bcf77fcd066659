import { createHash } from 'node:crypto';
import type { Embedder } from '../embedder.ts';
import { channels, told } from '../events.ts';
import type { Deadline } from '../resilience/deadline.ts';
import { SingleFlight } from '../single-flight.ts';
import type { BatchEmbedder } from './http-embedder.ts';
import { provider } from './provider-error.ts';

/** Embeddings by key. It may lose them at any time; when it is away, `get` says so by undefined or by throwing. */
export interface EmbeddingCache {
  /** What was not kept as an embedding of as many numbers (cut short, or of other code) is as good as none. */
  get(key: string): Promise<readonly number[] | undefined>;
  set(key: string, embedding: readonly number[], ttlS: number): void | Promise<void>;
}

export interface CachedEmbedderOptions {
  /** How long an embedding is kept. */
  ttlS: number;
}

export const defaultCachedEmbedderOptions: CachedEmbedderOptions = { ttlS: 24 * 3600 };

/** The same text has the same embedding, so it is asked for once a day, and by one at a time. */
export class CachedEmbedder implements Embedder {
  readonly #embedder: BatchEmbedder;
  readonly #cache: EmbeddingCache;
  readonly #ttlS: number;
  readonly #loads = new SingleFlight<Loaded>();

  constructor(embedder: BatchEmbedder, cache: EmbeddingCache, options = defaultCachedEmbedderOptions) {
    this.#embedder = embedder;
    this.#cache = cache;
    this.#ttlS = options.ttlS;
  }

  get model(): string {
    return this.#embedder.model;
  }

  get dimensions(): number {
    return this.#embedder.dimensions;
  }

  /** @throws what the embedder throws */
  async embed(text: string, within?: Deadline): Promise<number[]> {
    const key = this.keyOf(text);
    const describe = (loaded?: Loaded) => ({ model: this.model, cached: loaded?.cached ?? false });
    // Others may wait for the same embedding, so it is not given up when the one who asked first has no more time.
    const load = () => this.#loads.run(key, () => this.#load(key, text));
    const { embedding } = await told(channels.embedding, describe, () =>
      within ? within.race(provider, load) : load(),
    );
    return [...embedding];
  }

  /** SHA-256 of the model, its dimensions and the text, as hexadecimal digits. */
  keyOf(text: string): string {
    const asked = JSON.stringify([this.model, this.dimensions, text]);
    return createHash('sha256').update(asked).digest('hex');
  }

  async #load(key: string, text: string): Promise<Loaded> {
    const embedding = await this.#cache.get(key).catch(() => undefined);
    if (embedding) return { embedding, cached: true };
    const fresh = await this.#embedder.embed(text);
    this.#keep(key, fresh);
    return { embedding: fresh, cached: false };
  }

  /** Nobody waits for it, and that it failed is told by the cache. */
  #keep(key: string, embedding: readonly number[]): void {
    const set = async () => this.#cache.set(key, embedding, this.#ttlS);
    set().catch(() => {});
  }
}

interface Loaded {
  embedding: readonly number[];
  cached: boolean;
}
