import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { atMostEvery } from '../logger.ts';
import { Breaker, type BreakerOptions, type BreakerState, type Transition } from '../resilience/breaker.ts';
import { PatientRedis } from './patient-redis.ts';

export interface RedisOptions {
  url: string;
  /** Longest wait for one answer. */
  commandTimeoutMs: number;
  breaker: BreakerOptions;
}

/** An outage is one line per interval and kind of trouble, however many requests feel it. */
export const warningIntervalMs = 10_000;

/**
 * The one connection to Redis, of everybody in this process who uses it, behind its breaker. Its own limit is far below
 * that of any request, so no command asks how much is left of that.
 */
export class RedisConnection {
  /** For libraries that want a client; what they do with it belongs into `run`. */
  readonly client: Redis;
  readonly #breaker: Breaker;
  readonly #onAway: (() => void)[] = [];

  constructor(options: RedisOptions, log: Logger, onTransition: (change: Transition) => void = () => {}) {
    this.client = createClient(options, log);
    this.client.on('close', () => this.#tellAway());
    this.#breaker = new Breaker('redis', options.breaker, {
      onTransition: (change) => {
        if (change.to === 'open') this.#tellAway();
        onTransition(change);
      },
      // Whatever it answers with, it was asked for nothing that it should refuse.
      isFailure: () => true,
    });
  }

  /**
   * Calls `listener` when Redis is away for this process: its connection is closed or could not be made, or its breaker opens.
   * One command that failed is not yet that.
   */
  onAway(listener: () => void): void {
    this.#onAway.push(listener);
  }

  /** Waits for the first connection: without, the first requests would come before it and open the breaker. */
  async open(): Promise<void> {
    // A failure is told by the 'error' event, and ioredis goes on trying.
    await this.client.connect().catch(() => {});
  }

  /** @throws what ioredis throws, or CircuitBreakerOpenError without a word to Redis while the breaker is open */
  run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    return this.#breaker.run(async () => command(this.client));
  }

  /** Past the breaker: for what nobody waits for, and one command at a time. @throws what ioredis throws */
  async runAnyway<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    return command(this.client);
  }

  get state(): BreakerState {
    return this.#breaker.state;
  }

  async close(): Promise<void> {
    await this.client.quit().catch(() => this.client.disconnect());
  }

  #tellAway(): void {
    for (const listener of this.#onAway) listener();
  }
}

/** How long a new connection may take, and the longest pause before the next attempt. */
const connectTimeoutMs = 1000;
const longestPauseMs = 200;
/** A connection that has been silent for this many command timeouts is given up and replaced. */
const silentTimeouts = 4;

/** Fails at once instead of queueing: what comes late is of no use. Redis may be away, now or later. */
function createClient(options: RedisOptions, log: Logger): Redis {
  const redis = new PatientRedis(options.url, options.commandTimeoutMs, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    socketTimeout: options.commandTimeoutMs * silentTimeouts,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: options.commandTimeoutMs,
    retryStrategy: (attempt) => Math.min(attempt * 50, longestPauseMs),
  });
  const warn = atMostEvery(warningIntervalMs, (fields, message) => log.warn(fields, message));
  redis.on('error', (err) => warn({ err }, 'the connection to Redis failed'));
  return redis;
}
