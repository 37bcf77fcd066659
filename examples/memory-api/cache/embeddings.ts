import { createHash } from 'node:crypto';
import type { Embedder } from '../embedder.ts';
import type { Cache } from './cache.ts';

export interface Embedded {
  embedding: number[];
  /** Whether it came from the cache, or from somebody who asked for the same at the same time. */
  cached: boolean;
}

export const embeddingTtlS = 24 * 60 * 60;

/** Keeps what an embedder says: the same model always says the same of the same text. */
export class CachingEmbedder implements Embedder {
  readonly model: string;
  readonly dimensions: number;
  readonly #embedder: Embedder;
  readonly #cache: Cache;
  readonly #ttlS: number;

  constructor(embedder: Embedder, cache: Cache, ttlS: number = embeddingTtlS) {
    this.model = embedder.model;
    this.dimensions = embedder.dimensions;
    this.#embedder = embedder;
    this.#cache = cache;
    this.#ttlS = ttlS;
  }

  async embed(text: string): Promise<number[]> {
    return (await this.ask(text)).embedding;
  }

  /** @throws what the embedder throws */
  async ask(text: string): Promise<Embedded> {
    let cached = true;
    const load = () => {
      cached = false;
      return this.#embedder.embed(text);
    };
    const kind = { parse: (value: unknown) => this.#parse(value), stamps: [], ttlS: this.#ttlS };
    const embedding = await this.#cache.get(this.#keyOf(text), load, kind);
    // Somebody else may hold the same array.
    return { embedding: [...embedding!], cached };
  }

  #parse(value: unknown): number[] | undefined {
    return Array.isArray(value) && value.length === this.dimensions && value.every(Number.isFinite)
      ? value
      : undefined;
  }

  #keyOf(text: string): string {
    const hash = createHash('sha256')
      .update(JSON.stringify([this.model, text]))
      .digest('hex');
    return `embedding:${hash}`;
  }
}
