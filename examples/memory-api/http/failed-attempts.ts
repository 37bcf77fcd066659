import { LRUCache } from 'lru-cache';
import type { Limit } from './limit.ts';

/** More addresses than this are not remembered as refused; they are counted all the same. */
const mostAddresses = 10_000;

/** Failed authentications by address, with a limit of their own: guessing keys must not keep the database busy. */
export class FailedAttempts {
  readonly #limit: Limit;
  readonly #refused = new LRUCache<string, true>({ max: mostAddresses, ttl: 1 });

  constructor(limit: Limit) {
    this.#limit = limit;
  }

  /** For how long this address is refused without a look at its key; 0 when it is not. */
  refusedForS(address: string): number {
    return Math.ceil(this.#refused.getRemainingTTL(address) / 1000);
  }

  /** Counts a failure; after the last that the limit allows the address is refused until the window ends. */
  async count(address: string): Promise<void> {
    const { allowed, remaining, resetS } = await this.#limit.take(address);
    if (!allowed || remaining === 0) this.#refused.set(address, true, { ttl: resetS * 1000 });
  }
}
