import type { Redis } from 'ioredis';
import {
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  RLWrapperTimeouts,
} from 'rate-limiter-flexible';

export interface LimitOptions {
  /** How it is called in answers and in the keys of Redis. */
  name: string;
  requests: number;
  windowS: number;
  /** Longest wait for Redis; after it this process counts on its own. */
  timeoutMs: number;
}

/** How it stands after one request was counted. */
export interface Taken {
  limit: Readonly<LimitOptions>;
  allowed: boolean;
  remaining: number;
  /** When the window ends. */
  resetS: number;
}

/**
 * So many requests in a window of time, counted in Redis for all processes together. While Redis is away or late each
 * process counts for itself, which lets through at most so many times more as there are processes.
 */
export class Limit {
  readonly options: Readonly<LimitOptions>;
  readonly #limiter: RLWrapperTimeouts;

  /** `redis` should fail at once when it has no connection (`enableOfflineQueue: false`). */
  constructor(redis: Redis, options: LimitOptions) {
    this.options = options;
    const shared = {
      keyPrefix: `limit:${options.name}`,
      points: options.requests,
      duration: options.windowS,
    };
    this.#limiter = new RLWrapperTimeouts({
      limiter: new RateLimiterRedis({
        ...shared,
        storeClient: redis,
        rejectIfRedisNotReady: true,
        // Whoever is over the limit is refused here until the window ends, without a command for each refusal.
        inMemoryBlockOnConsumed: options.requests + 1,
      }),
      insuranceLimiter: new RateLimiterMemory(shared),
      timeoutMs: options.timeoutMs,
    });
  }

  /** Counts one request of `key`. Never fails because of Redis, nor waits for it longer than `timeoutMs`. */
  async take(key: string): Promise<Taken> {
    try {
      return this.#taken(true, await this.#limiter.consume(key));
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return this.#taken(false, refusal);
      throw refusal;
    }
  }

  #taken(allowed: boolean, { remainingPoints, msBeforeNext }: RateLimiterRes): Taken {
    const resetS = Math.max(1, Math.ceil(msBeforeNext / 1000));
    return { limit: this.options, allowed, remaining: allowed ? remainingPoints : 0, resetS };
  }
}
