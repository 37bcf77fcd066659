import { embeddingProblems } from '../http/validators.ts';
import type { Cache } from './cache.ts';

/**
 * Embeddings in the cache, by a key that says which model made it and of which text (a hash of both): such a one never
 * changes, so nothing invalidates it and only its TTL ends it.
 */
export class KeptEmbeddings {
  readonly #cache: Cache;
  readonly #dimensions: number;

  constructor(cache: Cache, dimensions: number) {
    this.#cache = cache;
    this.#dimensions = dimensions;
  }

  /** @returns undefined when there is none, or what is there is no embedding; does not throw */
  get(key: string): Promise<number[] | undefined> {
    return this.#cache.peek(keyOf(key), (value) => this.#parse(value));
  }

  /** Does not wait and does not throw. */
  set(key: string, embedding: readonly number[], ttlS: number): void {
    this.#cache.put(keyOf(key), embedding, ttlS);
  }

  #parse(value: unknown): number[] | undefined {
    const isEmbedding = embeddingProblems('embedding', value, this.#dimensions).length === 0;
    return isEmbedding ? (value as number[]) : undefined;
  }
}

function keyOf(hash: string): string {
  return `embedding:${hash}`;
}
