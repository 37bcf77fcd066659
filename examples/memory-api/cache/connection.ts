import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { atMostEvery } from '../logger.ts';
import { type BreakerOptions, type BreakerState, createGuard, type Guard } from './guard.ts';

export interface RedisOptions {
  url: string;
  /** Longest wait for one answer. */
  commandTimeoutMs: number;
  breaker: BreakerOptions;
  /**
   * A name for this process that its successor has too and nobody else, such as host and port. Left out, nobody makes up
   * for what the process could not tell when it ended.
   */
  instance?: string | undefined;
}

/** What a command is given: the client, and which run of Redis it talks to. */
type Command<T> = (redis: Redis, runId: string) => Promise<T>;

/** An outage is one line per interval and kind of trouble, however many requests feel it. */
export const warningIntervalMs = 10_000;

/** The connection to Redis behind its breaker, and what must be known of Redis before anything in it is trusted. */
export class RedisConnection {
  readonly #redis: Redis;
  readonly #guard: Guard;
  readonly #marker: string | undefined;
  readonly #session = randomUUID();
  #runId: Promise<string> | undefined;

  constructor(options: RedisOptions, log: Logger) {
    this.#redis = createClient(options, log);
    this.#guard = createGuard(options.breaker, log);
    this.#marker = options.instance && `open:${options.instance}`;
    this.#redis.on('close', () => {
      this.#runId = undefined;
    });
  }

  /** Waits for the first connection: without, the first requests would come before it and open the breaker. */
  async open(): Promise<void> {
    // A failure is told by the 'error' event, and ioredis goes on trying.
    await this.#redis.connect().catch(() => {});
  }

  /** @throws what ioredis throws, or BrokenCircuitError without a word to Redis while the breaker is open */
  run<T>(command: Command<T>): Promise<T> {
    return this.#guard.run(async () => command(this.#redis, await this.#meet()));
  }

  state(): BreakerState {
    return this.#guard.state();
  }

  /** `listener` is called each time that a connection was made. */
  onReady(listener: () => void): void {
    this.#redis.on('ready', listener);
  }

  /** `settled`: everything that was written to the database has been told to Redis. */
  async close(settled: boolean): Promise<void> {
    if (settled && this.#marker) await this.#signOff(this.#marker).catch(() => {});
    await this.#redis.quit().catch(() => this.#redis.disconnect());
  }

  /** Once per connection, however many commands wait for it. */
  #meet(): Promise<string> {
    if (!this.#runId) {
      const meeting = this.#introduce();
      this.#runId = meeting;
      meeting.catch(() => {
        if (this.#runId === meeting) this.#runId = undefined;
      });
    }
    return this.#runId;
  }

  /**
   * Learns which run of Redis this is and leaves a marker that a clean end takes away. A marker of somebody else says
   * that the process of this name ended with invalidations that Redis may never have heard of.
   */
  async #introduce(): Promise<string> {
    const runId = await runIdOf(this.#redis);
    if (!this.#marker) return runId;
    const before = await this.#redis.getset(this.#marker, this.#session);
    if (before !== null && before !== this.#session) await this.#redis.unlink(everythingKey(runId));
    return runId;
  }

  async #signOff(marker: string): Promise<void> {
    const holder = await this.run((redis) => redis.get(marker));
    if (holder === this.#session) await this.run((redis) => redis.unlink(marker));
  }
}

/**
 * The stamp under which every value is kept that can be invalidated. It is of one run of Redis: one that restarted from
 * its last snapshot, or was replaced by a replica, may hold what had long been invalidated.
 */
export function everythingKey(runId: string): string {
  return `stamp:everything:${runId}`;
}

/** Where INFO is forbidden the runs cannot be told apart. */
async function runIdOf(redis: Redis): Promise<string> {
  const info = await redis.info('server').catch((error: Error) => {
    if (error.message.startsWith('NOPERM')) return '';
    throw error;
  });
  return /^run_id:(\w+)/m.exec(info)?.[1] ?? 'unknown';
}

/** How long a new connection may take, and the longest pause before the next attempt. */
const connectTimeoutMs = 1000;
const longestPauseMs = 200;
/** A connection that has been silent for this many command timeouts is given up and replaced. */
const silentTimeouts = 4;

/** Fails at once instead of queueing: a cache that is late is of no use. Redis may be away, now or later. */
function createClient(options: RedisOptions, log: Logger): Redis {
  const redis = new Redis(options.url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: options.commandTimeoutMs,
    socketTimeout: options.commandTimeoutMs * silentTimeouts,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: options.commandTimeoutMs,
    retryStrategy: (attempt) => Math.min(attempt * 50, longestPauseMs),
  });
  const warn = atMostEvery(warningIntervalMs, (fields, message) => log.warn(fields, message));
  redis.on('error', (err) => warn({ err }, 'the connection to Redis failed'));
  return redis;
}
