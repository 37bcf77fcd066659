import { LRUCache } from 'lru-cache';

export interface ProcessLayerOptions {
  /** What was not used for the longest time goes first. */
  maxEntries: number;
  maxBytes: number;
  /**
   * How long a value is kept at most. Another process invalidates in Redis, not here: this is how long its writes may
   * go unseen.
   */
  ttlMs: number;
}

/** Texts in this process, so that a popular one is not even fetched from Redis. */
export class ProcessLayer {
  readonly #texts: LRUCache<string, string>;
  readonly #ttlMs: number;

  constructor({ maxEntries, maxBytes, ttlMs }: ProcessLayerOptions) {
    this.#texts = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      sizeCalculation: (text, key) => Buffer.byteLength(text) + Buffer.byteLength(key),
    });
    this.#ttlMs = ttlMs;
  }

  read(key: string): string | null {
    return this.#texts.get(key) ?? null;
  }

  write(key: string, text: string, ttlS: number): void {
    this.#texts.set(key, text, { ttl: Math.min(this.#ttlMs, ttlS * 1000) });
  }
}
