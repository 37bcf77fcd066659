import { fileURLToPath } from 'node:url';
import { readConfig } from '../../../examples/memory-api/config.ts';
import { openPool } from '../../../examples/memory-api/database.ts';
import { ApiKeys } from '../../../examples/memory-api/http/api-keys.ts';
import { createLogger } from '../../../examples/memory-api/logger.ts';
import { migrate } from '../../../examples/memory-api/migrate.ts';
import type { CheckedPool } from '../../../examples/memory-api/storage/checked-pool.ts';
import { freePort, startPostgres, startRedis } from '../../../examples/memory-api/test-servers.ts';
import type { Link } from '../../../harness/proxy/link.ts';
import { openLink } from '../../../harness/proxy/open-link.ts';
import { preloadUrl } from '../../../harness/stack/target.ts';
import { startProcess, type TestProcess } from './process.ts';

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));

/** PostgreSQL, Redis and a provider of embeddings, all real, each behind a link that can be broken. */
export interface Place extends AsyncDisposable {
  readonly links: Readonly<Record<'postgres' | 'redis' | 'embeddings', Link>>;
  /** For the service: where its dependencies are. */
  readonly env: Readonly<Record<string, string>>;
  /** A key of one user, or of a service, which acts for every user. */
  issue(userId?: string): Promise<string>;
  /** Drops every index that a search could use, until it is disposed. */
  dropIndexes(): Promise<AsyncDisposable>;
}

export async function openPlace(): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres({ log_statement: 'none' }));
  const redis = stack.use(await startRedis());
  const provider = stack.use(await startProvider());
  const open = async (name: string, address: string) => {
    const { hostname, port } = new URL(address);
    const upstream = { host: hostname, port: Number(port) };
    return stack.use(await openLink({ name, protocol: 'opaque', upstream, seed: 1 }));
  };
  const links = {
    postgres: await open('postgres', postgres.url),
    redis: await open('redis', redis.url),
    embeddings: await open('embeddings', provider.url),
  };
  const pool = openPool(readConfig({ DATABASE_URL: postgres.url }).database, createLogger('silent'));
  stack.defer(() => pool.end());
  await migrate(pool);
  const keys = new ApiKeys(pool);
  const owned = stack.move();
  return {
    links,
    env: {
      DATABASE_URL: `postgres://postgres@127.0.0.1:${links.postgres.port}/postgres`,
      REDIS_URL: `redis://127.0.0.1:${links.redis.port}`,
      EMBEDDINGS_URL: `http://127.0.0.1:${links.embeddings.port}/v1`,
      EMBEDDINGS_DIMENSIONS: '384',
    },
    issue: async (userId) => (await keys.issue('for a test', userId)).key,
    dropIndexes: () => dropIndexes(pool),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function dropIndexes(pool: CheckedPool): Promise<AsyncDisposable> {
  const { rows } = await pool.query<{ indexname: string; indexdef: string }>(
    "select indexname, indexdef from pg_indexes where tablename = 'memories' and indexdef like '%(user_id%'",
  );
  for (const { indexname } of rows) await pool.query(`drop index ${indexname}`);
  return {
    async [Symbol.asyncDispose]() {
      for (const { indexdef } of rows) await pool.query(indexdef);
    },
  };
}

async function startProvider(): Promise<TestProcess> {
  const port = await freePort();
  return startProcess({
    command: process.execPath,
    args: () => ['server.ts'],
    cwd: `${examples}embeddings-server`,
    env: { PORT: `${port}` },
    url: `http://127.0.0.1:${port}`,
    readyPath: '/health',
  });
}

export interface MemoryApiOptions {
  port: number;
  /** Of its Prometheus page. */
  metricsPort: number;
  env: Readonly<Record<string, string>>;
}

/** The memory API under the preload, as `deploy/` starts it. */
export function startMemoryApi({ port, metricsPort, env }: MemoryApiOptions): Promise<TestProcess> {
  return startProcess({
    command: process.execPath,
    // Twice what HighMemoryUsage asks for.
    args: () => ['--max-old-space-size=4096', `--import=${preloadUrl()}`, 'server.ts'],
    cwd: `${examples}memory-api`,
    env: {
      PORT: `${port}`,
      OTEL_SERVICE_NAME: 'memory-api',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: `${metricsPort}`,
      ORDEAL_METRICS_FILE: 'metrics.json',
      ...env,
    },
    url: `http://127.0.0.1:${port}`,
    readyPath: '/health/live',
  });
}
