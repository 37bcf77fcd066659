import { createHash } from 'node:crypto';
import type { Cache, Kind } from './cache.ts';

/** The name under which everything goes that was found among the memories of one user. */
export function memoriesOf(userId: string): string {
  return `user:${userId}`;
}

/** The answers to lists and searches, each good until its user writes. */
export class QueryCache {
  readonly #cache: Cache;
  readonly #ttlS: number | undefined;

  /** `ttlS`: how long an answer is kept, when not as long as a memory. */
  constructor(cache: Cache, ttlS?: number) {
    this.#cache = cache;
    this.#ttlS = ttlS;
  }

  /** `query`: all that the answer depends on besides the memories of the user. @throws what `load` throws */
  async get<T>(
    userId: string,
    query: readonly (string | number)[],
    load: () => Promise<T>,
    parse: Kind<T>['parse'],
  ): Promise<T> {
    const kind = { parse, stamps: [memoriesOf(userId)], ...(this.#ttlS && { ttlS: this.#ttlS }) };
    const answer = await this.#cache.get(keyOf(userId, query), load, kind);
    return answer as T;
  }
}

/** A query may be long and is nobody's business, so its hash is enough. */
function keyOf(userId: string, query: readonly (string | number)[]): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([userId, ...query]))
    .digest('base64url');
  return `query:${hash}`;
}
