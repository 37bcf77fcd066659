import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from 'pino';
import { ActiveUsers } from './active-users.ts';
import type { Cache } from './cache/cache.ts';
import { RedisConnection } from './cache/connection.ts';
import { KeptEmbeddings } from './cache/embeddings.ts';
import { memoriesOf } from './cache/queries.ts';
import { createCache } from './cache.ts';
import type { Config } from './config.ts';
import { openPool } from './database.ts';
import { CachedEmbedder } from './embeddings/cached-embedder.ts';
import { type BatchEmbedder, HttpEmbedder } from './embeddings/http-embedder.ts';
import { LocalEmbedder } from './embeddings/local-embedder.ts';
import { tellOtherDimensions } from './embeddings/other-dimensions.ts';
import {
  defaultPendingOptions,
  PendingEmbeddings,
  type PendingStore,
  type Round,
} from './embeddings/pending-embeddings.ts';
import { PoolWatch } from './health/pool-watch.ts';
import { atMostEvery } from './logger.ts';
import { Memories } from './memories.ts';
import { defaultGuardOptions, type GuardOptions } from './resilience/call-guard.ts';
import { Deadline } from './resilience/deadline.ts';
import { GuardedPool } from './resilience/guarded-pool.ts';
import { SharedWork } from './resilience/shared-work.ts';
import { tellOfCalls } from './resilience/tell.ts';
import { MemoryStore, type PendingRow } from './store.ts';

export type Parts = ReturnType<typeof openParts>;

/** An outage is one line per interval, however many requests feel it. */
const warningIntervalMs = 10_000;

/**
 * The memories with the connections that they need, whoever offers them: HTTP or MCP. `instance`: a name for this
 * process that its successor has too, and no other at the same time. `limits`: Redis is needed without cache too.
 */
export function openParts(
  config: Config,
  log: Logger,
  { instance, limits = false }: { instance?: string | undefined; limits?: boolean } = {},
) {
  // What watches breakers from outside numbers them in the order in which they are made: Redis, PostgreSQL, embeddings.
  const redis =
    config.cache.enabled || limits
      ? new RedisConnection(config.cache, log, tellOfCalls('redis', log).onTransition)
      : undefined;
  const pool = openPool(config.database, log);
  const deadlines = new AsyncLocalStorage<Deadline>();
  const shared = new SharedWork(deadlines);
  const named = { ...config.cache, ...(instance !== undefined && { instance }) };
  const cache = createCache(named, redis, log, shared);
  const listener = tellOfCalls('postgres', log);
  const unheardMs = config.database.statementTimeoutMs + 1000;
  const database = new GuardedPool(guardOf(config), { pool, deadlines, listener, unheardMs });
  const poolWatch = new PoolWatch(pool);
  const store = new MemoryStore(database, { shared });
  const provider = createProvider(config.embeddings, log);
  const kept = new KeptEmbeddings(cache, provider.dimensions);
  const embedder = new CachedEmbedder(provider, kept, { ttlS: config.embeddings.cacheTtlS });
  const activeUsers = new ActiveUsers();
  const warn = atMostEvery(warningIntervalMs, (fields, message) => log.warn(fields, message));
  const memories = new Memories({
    store,
    cache,
    embedder: {
      ...{ model: embedder.model, dimensions: embedder.dimensions },
      embed: (text) => embedWithin(embedder, text, deadlines.getStore(), config.requestTimeoutMs),
    },
    activeUsers,
    onDegraded: (err) => warn({ err }, 'embeddings are unavailable: kept without, found by words'),
  });
  const { pendingPauseMs: pauseMs, pendingLongestPauseMs: longestPauseMs } = config.embeddings;
  const pendingOptions = { ...defaultPendingOptions, pauseMs, longestPauseMs };
  const pending = new PendingEmbeddings(waiting(store, cache), provider, pendingOptions, (round) =>
    tellRound(log, round),
  );
  const stop = new AbortController();
  let working: Promise<void> | undefined;

  return {
    ...{ pool, database, redis, store, memories, deadlines, shared },
    async open(): Promise<void> {
      activeUsers.start();
      poolWatch.start();
      await redis?.open();
      working = pending.run(stop.signal);
      void tellOtherDimensions(pool, provider.dimensions, log);
    },
    /** What uses the pool ends before the pool does. */
    async close(): Promise<void> {
      activeUsers.stop();
      poolWatch.stop();
      stop.abort();
      await working;
      await pool.end();
      // Last: what was written to the end has to be told to Redis.
      await cache.close();
      await redis?.close();
    },
  };
}

/**
 * An embedding may take half of the time that its request has left: the other half is for what is done without it. Who asks
 * without a request has the time of one.
 */
async function embedWithin(
  embedder: CachedEmbedder,
  text: string,
  request: Deadline | undefined,
  requestTimeoutMs: number,
): Promise<number[]> {
  const leftMs = request?.remainingMs() ?? requestTimeoutMs;
  using half = new Deadline(leftMs / 2, request?.signal);
  return await embedder.embed(text, half);
}

/** What a search found is stale when there is one more to be found. */
function waiting(store: MemoryStore, cache: Cache): PendingStore<PendingRow> {
  return {
    pending: (limit) => store.pending(limit),
    embed: (memory, embedding) =>
      cache.change([memoriesOf(memory.user_id)], () => store.embed(memory, embedding)),
  };
}

/** A statement may take what its request has left; who asks without a request, as long as a request could. */
function guardOf({ requestTimeoutMs, database: { retry, breaker } }: Config): GuardOptions {
  return {
    ...{ deadlineMs: requestTimeoutMs, tryTimeoutMs: requestTimeoutMs, breaker },
    retry: { ...defaultGuardOptions.retry, ...retry },
  };
}

/** Who makes embeddings: the provider of the settings, or without one this process. */
export function createProvider(config: Config['embeddings'], log: Logger): BatchEmbedder {
  const { url, apiKey, model, dimensions, deadlineMs, tryTimeoutMs, retry, breaker } = config;
  if (url === '') return new LocalEmbedder(dimensions);
  return new HttpEmbedder(
    {
      baseUrl: url,
      apiKey: apiKey === '' ? undefined : apiKey,
      ...{ model, dimensions, askForDimensions: true, batchSize: 64 },
      guard: { deadlineMs, tryTimeoutMs, retry: { ...defaultGuardOptions.retry, ...retry }, breaker },
    },
    tellOfCalls('embeddings', log),
  );
}

function tellRound(log: Logger, { embedded, outdated, refused, error: err }: Round): void {
  if (embedded + outdated + refused > 0)
    log.info({ embedded, outdated, refused }, 'pending memories embedded');
  if (err) log.warn({ err }, 'pending memories go on waiting for their embeddings');
}
