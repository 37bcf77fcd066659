import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { CacheConfig } from './config.ts';
import { type CacheLookup, channels, tell } from './events.ts';
import { atMostEvery } from './logger.ts';

/** `unavailable`: nobody knows whether it is there; whoever asked must do without. */
export type Lookup = { outcome: 'hit'; text: string } | { outcome: 'miss' } | { outcome: 'unavailable' };

export interface CacheHealth {
  status: 'ok' | 'unavailable' | 'disabled';
  latency_ms: number;
  breaker: 'closed' | 'open' | 'half-open' | 'disabled';
}

/** Texts by key, kept for a while and perhaps lost at any time. No method throws. */
export interface Cache {
  /** Waits for the first connection, or until it is clear that there is none for now. */
  open(): Promise<void>;
  read(key: string): Promise<Lookup>;
  /** Does not wait for the answer; a `read` after it on the same cache sees it when all is well. */
  write(key: string, text: string): void;
  check(): Promise<CacheHealth>;
  close(): Promise<void>;
}

export function createCache(config: CacheConfig, log: Logger): Cache {
  return config.enabled ? new RedisCache(config, log) : noCache;
}

const noCache: Cache = {
  open: async () => {},
  read: async () => ({ outcome: 'miss' }),
  write: () => {},
  check: async () => ({ status: 'disabled', latency_ms: 0, breaker: 'disabled' }),
  close: async () => {},
};

/** An outage is one line per interval and kind of trouble, however many requests feel it. */
const warningIntervalMs = 10_000;

/** The cache in Redis, behind a breaker: the one place that knows Redis. */
class RedisCache implements Cache {
  readonly #redis: Redis;
  readonly #guard: Guard;
  readonly #ttlS: number;
  readonly #warn: (fields: object, message: string) => void;

  constructor(config: CacheConfig, log: Logger) {
    this.#redis = createClient(config, log);
    this.#guard = createGuard(config.breaker, log);
    this.#ttlS = config.ttlS;
    this.#warn = atMostEvery(warningIntervalMs, (fields, message) => log.warn(fields, message));
  }

  /** Without this, the first requests would come before the connection and open the breaker. */
  async open(): Promise<void> {
    // A failure is told by the 'error' event, and ioredis goes on trying.
    await this.#redis.connect().catch(() => {});
  }

  async read(key: string): Promise<Lookup> {
    try {
      const text = await this.#guard.run(() => this.#redis.get(key));
      tellLookup(text === null ? 'miss' : 'hit');
      return text === null ? { outcome: 'miss' } : { outcome: 'hit', text };
    } catch (err) {
      tellLookup('unavailable');
      this.#warn({ err, breaker: this.#guard.state() }, 'the cache is unavailable, the database answers');
      return { outcome: 'unavailable' };
    }
  }

  write(key: string, text: string): void {
    this.#guard
      .run(() => this.#redis.set(key, text, 'EX', this.#ttlS))
      .catch((err) => this.#warn({ err, breaker: this.#guard.state() }, 'the cache did not take a value'));
  }

  /** Goes through the breaker like everything else: while it is open, asking for health sends nothing. */
  async check(): Promise<CacheHealth> {
    const startedAtMs = performance.now();
    const status = await this.#guard
      .run(() => this.#redis.ping())
      .then(
        () => 'ok' as const,
        () => 'unavailable' as const,
      );
    return { status, latency_ms: performance.now() - startedAtMs, breaker: this.#guard.state() };
  }

  async close(): Promise<void> {
    await this.#redis.quit().catch(() => this.#redis.disconnect());
  }
}

function tellLookup(outcome: CacheLookup['outcome']): void {
  tell(channels.cache, () => ({ layer: 'redis', outcome }));
}

/** How long a new connection may take, and the longest pause before the next attempt. */
const connectTimeoutMs = 1000;
const longestPauseMs = 200;
/** A connection that has been silent for this many command timeouts is given up and replaced. */
const silentTimeouts = 4;

/** Fails at once instead of queueing: a cache that is late is of no use. Redis may be away, now or later. */
function createClient(config: CacheConfig, log: Logger): Redis {
  const redis = new Redis(config.url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: config.commandTimeoutMs,
    socketTimeout: config.commandTimeoutMs * silentTimeouts,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: config.commandTimeoutMs,
    retryStrategy: (attempt) => Math.min(attempt * 50, longestPauseMs),
  });
  const warn = atMostEvery(warningIntervalMs, (fields, message) => log.warn(fields, message));
  redis.on('error', (err) => warn({ err }, 'the connection to Redis failed'));
  return redis;
}

interface Guard {
  /** @throws BrokenCircuitError without running the command when Redis is not to be asked. */
  run<T>(command: () => Promise<T>): Promise<T>;
  state(): CacheHealth['breaker'];
}

const unguarded: Guard = { run: (command) => command(), state: () => 'disabled' };

function createGuard({ enabled, failures, resetMs }: CacheConfig['breaker'], log: Logger): Guard {
  if (!enabled) return unguarded;
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: resetMs,
    breaker: new ConsecutiveBreaker(failures),
  });
  breaker.onBreak(() => log.warn({ breaker: 'open' }, 'Redis is left alone for a while'));
  breaker.onReset(() => log.info({ breaker: 'closed' }, 'Redis is used again'));
  return {
    // cockatiel lets calls wait while one probes; nobody should wait for a cache that is most likely still gone.
    run: (command) =>
      breaker.state === CircuitState.HalfOpen
        ? Promise.reject(new BrokenCircuitError())
        : breaker.execute(command),
    state: () => nameOf(breaker.state),
  };
}

function nameOf(state: CircuitState): CacheHealth['breaker'] {
  if (state === CircuitState.Closed) return 'closed';
  return state === CircuitState.HalfOpen ? 'half-open' : 'open';
}
