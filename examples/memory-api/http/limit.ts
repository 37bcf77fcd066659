import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisConnection } from '../cache/connection.ts';

export interface LimitOptions {
  /** How it is called in answers and in the keys of Redis. */
  name: string;
  requests: number;
  windowS: number;
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
 * process counts for itself, which lets through at most so many times more as there are processes. After a few that
 * waited in vain the breaker of the connection opens, and nobody waits any more.
 */
export class Limit {
  readonly options: Readonly<LimitOptions>;
  readonly #redis: RedisConnection;
  readonly #shared: RateLimiterRedis;
  readonly #own: RateLimiterMemory;

  constructor(redis: RedisConnection, options: LimitOptions) {
    this.options = options;
    this.#redis = redis;
    const counted = {
      keyPrefix: `limit:${options.name}`,
      points: options.requests,
      duration: options.windowS,
    };
    this.#shared = new RateLimiterRedis({
      ...counted,
      storeClient: redis.client,
      rejectIfRedisNotReady: true,
      // Whoever is over the limit is refused here until the window ends, without a command for each refusal.
      inMemoryBlockOnConsumed: options.requests + 1,
    });
    this.#own = new RateLimiterMemory(counted);
  }

  /** Counts one request of `key`. Never fails because of Redis, nor waits for it longer than for any answer of it. */
  async take(key: string): Promise<Taken> {
    const counted = this.#redis.run(() => consume(this.#shared, key));
    const { allowed, state } = await counted.catch(() => consume(this.#own, key));
    const resetS = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
    return { limit: this.options, allowed, remaining: allowed ? state.remainingPoints : 0, resetS };
  }
}

/** That somebody is over the limit is an answer, not a failure. */
async function consume(limiter: RateLimiterRedis | RateLimiterMemory, key: string) {
  try {
    return { allowed: true, state: await limiter.consume(key) };
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return { allowed: false, state: refusal };
    throw refusal;
  }
}
