import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { ApiKeys } from '../../../examples/memory-api/http/api-keys.ts';
import { migrate } from '../../../examples/memory-api/migrate.ts';
import { startPgvector } from '../../../examples/memory-api/storage/test-pgvector.ts';
import { startScript, startService, type TestService } from '../../../examples/memory-api/test-process.ts';
import {
  freePort,
  startRedis,
  type TestRedis,
  type TestServer,
} from '../../../examples/memory-api/test-servers.ts';
import { preloadUrl } from '../../../harness/stack/target.ts';
import type { Stack } from './stack.ts';

const metricsFile = fileURLToPath(new URL('../../../examples/memory-api/metrics.json', import.meta.url));

export type Environment = Record<string, string>;

/** The memory API under the preload, over real servers: what the scripts are run against. */
export interface Place extends AsyncDisposable {
  postgres: TestServer;
  redis: TestRedis;
  service: TestService;
  /** What a person would have exported: DATABASE_URL, REDIS_URL, SERVICE_URL, METRICS_URL, KEY. */
  env: Environment;
  key: string;
}

export interface PlaceOptions {
  memories?: number;
  /** More settings of the service. */
  settings?: Environment;
  /** Who watches it; nobody when not given. */
  stack?: Stack;
}

/** The server of PostgreSQL has the tools of its own version beside it, so nothing has to be installed. */
export async function openPlace({ memories = 200, settings = {}, stack }: PlaceOptions = {}): Promise<Place> {
  await using starting = new AsyncDisposableStack();
  const postgres = starting.use(await startPgvector());
  const redis = starting.use(await startRedis());
  const common = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  const key = await prepare(postgres.url);
  const seeding = starting.use(startScript('seed.ts', { ...common, SEED_COUNT: String(memories) }));
  const [code] = await seeding.exited;
  if (code !== 0) throw new Error(`seed.ts ended with ${code}:\n${seeding.output()}`);
  const metricsPort = String(stack?.metricsPort ?? (await freePort()));
  const service = starting.use(
    await startService({
      ...common,
      NODE_OPTIONS: `--import=${preloadUrl()}`,
      OTEL_SERVICE_NAME: 'memory-api',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: metricsPort,
      ORDEAL_METRICS_FILE: metricsFile,
      ...(stack && { ORDEAL_LOKI_URL: stack.lokiUrl }),
      ...settings,
    }),
  );
  const owned = starting.move();
  return {
    ...{ postgres, redis, service, key },
    env: {
      ...{ ...common, KEY: key },
      SERVICE_URL: service.url,
      METRICS_URL: `http://127.0.0.1:${metricsPort}/metrics`,
      ...(stack && { PROMETHEUS_URL: stack.prometheusUrl, LOKI_URL: stack.lokiUrl }),
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The schema, and a key that acts for every user. */
async function prepare(url: string): Promise<string> {
  const pool = new pg.Pool({ connectionString: url });
  pool.on('error', () => {});
  try {
    await migrate(pool);
    return (await new ApiKeys(pool).issue('for a test')).key;
  } finally {
    await pool.end();
  }
}
