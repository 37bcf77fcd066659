import type { ScenarioInput } from '../../harness/scenario/scenario.ts';

/**
 * Its breakers: named after the one file that makes them all, and numbered in the order in which `parts.ts` asks for them:
 * Redis first, which it does only while the cache or the keys are on. Without both the names would move up by one.
 */
export const breakers = { redis: 'breaker', postgres: 'breaker#2', embeddings: 'breaker#3' } as const;

/** What every scenario of the memory API shares: how it is started, over what, under which load. */
export const memoryApi = {
  target: {
    command: ['node', 'server.ts'],
    cwd: '../../examples/memory-api',
    prepare: ['node', 'seed.ts'],
    env: {
      PORT: '{target.port}',
      DATABASE_URL: '{postgres.url}',
      REDIS_URL: '{redis.url}',
      SEED_COUNT: '5000',
      // The load speaks for fifty users.
      AUTH_ENABLED: 'false',
      // The defaults (5 failures, 60 s) are for production; a run lasts less than a minute.
      BREAKER_RESET_MS: '500',
      // What the service publishes of its own work becomes metrics.
      ORDEAL_METRICS_FILE: 'metrics.json',
    },
    ready: { path: '/health/ready' },
  },
  stack: { postgres: { kind: 'postgres' }, redis: { kind: 'redis' } },
  load: {
    ratePerSecond: 225,
    script: '../memory-api/load.ts',
    options: {
      /** Shares of the requests. */
      mix: { read: 0.75, create: 0.05, list: 0.1, search: 0.1 },
      /** Reads go to the first `memories` of the seeded ones, Zipf with this exponent. */
      popularity: { memories: 250, exponent: 1.2 },
      users: 50,
    },
  },
  cache: { link: 'redis', keys: 'memory:*', requests: ['read'] },
  writes: {
    service: 'postgres',
    sql: 'select content from memories where id = $1',
    path: '/api/v1/memories/{key}',
    field: 'data.content',
  },
} satisfies Partial<ScenarioInput>;

/**
 * Less than half of the load, to fewer memories so that the cache is as warm: where a dependency is slow rather than away, requests
 * pile up, and what is judged is the service and not the machine that has to hold them.
 */
export const lightLoad = {
  ...memoryApi.load,
  ratePerSecond: 100,
  options: { ...memoryApi.load.options, popularity: { memories: 150, exponent: 1.2 } },
};
