import type { Logger } from 'pino';
import type { Cache } from './cache/cache.ts';
import type { RedisConnection } from './cache/connection.ts';
import type { ProcessLayerOptions } from './cache/process-layer.ts';
import { ReadThrough } from './cache/read-through.ts';
import type { CacheConfig } from './config.ts';
import type { SharedWork } from './resilience/shared-work.ts';

/*
 * How a value comes to be trusted.
 *
 * A value is kept together with the tokens of its stamps as they stood before it was loaded, and counts only while
 * each of these stamps still stands with the same token. To invalidate is to strike the stamp. So it does not matter
 * who loads and when: a load that began before the invalidation, in this process or in another one, ends under a token
 * that no longer stands. A stamp that Redis lost (evicted, expired, restarted) is a miss, never a stale hit.
 *
 *     reader of process A    MGET value, stamp: none │ stamp := t1 │ load ........ │ SET value under t1   does not count
 *     writer of process B                                       write │ DEL stamp │
 *     reader of either                                                                MGET: no stamp, so a miss
 *
 * A write that nobody waits for any more may be made later, and whoever asks until then keeps what was there before. So
 * what it names is invalidated once more when PostgreSQL has ended it, or must have given it up.
 *
 * An invalidation that Redis did not confirm is remembered and tried again; until it is confirmed, this process takes
 * what it names for unavailable in Redis. When there are too many to remember, the stamp is struck that all values
 * share. It is struck too when a process of the same name (`instance`) ended without a word, which it does when it
 * crashed or could not tell all; and every run of Redis has another one, so that an old snapshot is not believed.
 *
 * Whoever saw Redis away (the connection was closed, or the breaker opened) does not read from it until those who wrote
 * meanwhile had time to tell it: twice `retryMs` from the first command that it took again. What was not written is found
 * there again after that; to strike all instead would send every read to PostgreSQL at the worst moment.
 *
 * What this gives:
 * - whoever asks the process that wrote sees the write as soon as it is confirmed to the writer, whatever Redis does;
 * - whoever asks another process sees it at once while Redis works for the writer, and as soon as Redis is back when that
 *   process saw it away too;
 * - where only the writer is cut off from Redis, crashed, or the others asked for nothing meanwhile, they cannot know, and
 *   serve what they find until Redis has the invalidation: when the writer (or its successor) next reaches it (once it is
 *   connected again, and every `retryMs`, whatever the breaker says), and never later than the TTL. To do better, the
 *   invalidations would have to be in PostgreSQL, with the write;
 * - the layer in the process, which is off unless it is asked for, adds its own TTL to that: writes of other processes
 *   go unseen for so long;
 * - a replica that is promoted with a run id of its own is not believed; one behind a proxy that hides the change is.
 *
 * No library is used for this. bentocache and cacheable have two layers, one loader per key and survive an
 * outage, but both store what was loaded whatever was deleted meanwhile (`FactoryRunner`, `getOrSet`), and when Redis
 * does not take a deletion it is swallowed or thrown, not kept; so the two promises that are hard are theirs neither.
 * What is well kept elsewhere is used: lru-cache, ioredis, cockatiel.
 */

/** Of the settings of the service what is the cache's, and what it can be told beyond them. */
export interface CacheSettings extends Pick<CacheConfig, 'enabled' | 'ttlS' | 'negativeTtlS'> {
  /** The layer in the process; undefined: there is none. */
  process: ProcessLayerOptions | undefined;
  /** A name for this process that its successor has too and nobody else, such as host and port; none. */
  instance?: string;
  /** How many invalidations are remembered that Redis did not take; 1,000. */
  maxOutstanding?: number;
  /** How often they are tried again; 250 ms. */
  retryMs?: number;
}

/** A stamp outlives what is kept under it, so that it is not its end that makes a miss. */
const stampsPerTtl = 2;

/**
 * `connection`: to Redis, which others may use too; nothing is kept there without, or when the cache is not enabled.
 * `shared`: for loads that several wait for.
 */
export function createCache(
  config: CacheSettings,
  connection: RedisConnection | undefined,
  log: Logger,
  shared?: SharedWork,
): Cache {
  const { enabled, ttlS, negativeTtlS, process } = config;
  const options = { ttlS, negativeTtlS, ...(process && { process }) };
  if (!enabled || !connection) return new ReadThrough(options, log, shared);
  const { instance, maxOutstanding = 1000, retryMs = 250 } = config;
  const redis = { connection, instance, stampTtlS: ttlS * stampsPerTtl, maxOutstanding, retryMs };
  return new ReadThrough({ ...options, redis }, log, shared);
}
