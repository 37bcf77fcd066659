import type { ServerResponse } from 'node:http';
import type { Link } from '../../harness/proxy/link.ts';
import { openLink } from '../../harness/proxy/open-link.ts';
import { readConfig } from './config.ts';
import { openPool } from './database.ts';
import { HashingEmbedder } from './embedder.ts';
import { type EmbeddingsRequest, startProvider, type TestProvider } from './embeddings/test-provider.ts';
import { ApiKeys } from './http/api-keys.ts';
import { createLogger } from './logger.ts';
import { migrate } from './migrate.ts';
import type { CheckedPool } from './storage/checked-pool.ts';
import { startPostgres, startRedis, type TestServer } from './test-servers.ts';

export const dependencies = ['PostgreSQL', 'Redis', 'embeddings'] as const;
export type Dependency = (typeof dependencies)[number];

/** Everything that the service depends on, real, migrated, and each behind a link that can be broken. */
export interface TestAround extends AsyncDisposable {
  readonly links: Readonly<Record<Dependency, Link>>;
  readonly provider: TestProvider;
  /** Straight to PostgreSQL, whatever becomes of the link. */
  readonly pool: CheckedPool;
  /** Straight to Redis. */
  readonly redisUrl: string;
  /** For the service: where its dependencies are. */
  readonly settings: Readonly<Record<string, string>>;
  /** A key of the user, or of a service. */
  issue(userId?: string): Promise<string>;
}

const dimensions = 64;

export async function startAround(): Promise<TestAround> {
  const stack = new AsyncDisposableStack();
  try {
    const [postgres, redis, provider] = await Promise.all([
      startPostgres(),
      startRedis(),
      startProvider(embeds),
    ]);
    for (const server of [postgres, redis, provider]) stack.use(server);
    const addresses = { PostgreSQL: postgres.url, Redis: redis.url, embeddings: provider.baseUrl };
    const links = {} as Record<Dependency, Link>;
    for (const name of dependencies) links[name] = stack.use(await linkTo(name, addresses[name]));
    const pool = stack.adopt(poolOf(postgres), (it) => it.end());
    await migrate(pool);
    const keys = new ApiKeys(pool);
    return {
      ...{ links, provider, pool, redisUrl: redis.url },
      settings: {
        DATABASE_URL: through(links.PostgreSQL, postgres.url),
        REDIS_URL: through(links.Redis, redis.url),
        EMBEDDINGS_URL: through(links.embeddings, provider.baseUrl),
        EMBEDDINGS_DIMENSIONS: `${dimensions}`,
      },
      issue: async (userId) => (await keys.issue('for a test', userId)).key,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** What the service's own embedder would say. */
export function embeds(response: ServerResponse, { input }: EmbeddingsRequest): void {
  const embedder = new HashingEmbedder(dimensions);
  void Promise.all(input.map((text) => embedder.embed(text))).then((all) =>
    response.end(
      JSON.stringify({ object: 'list', data: all.map((embedding, index) => ({ index, embedding })) }),
    ),
  );
}

function linkTo(name: string, address: string): Promise<Link> {
  const { hostname, port } = new URL(address);
  return openLink({ name, protocol: 'opaque', upstream: { host: hostname, port: Number(port) }, seed: 1 });
}

function through({ host, port }: Link, address: string): string {
  const url = new URL(address);
  url.host = `${host}:${port}`;
  return url.href;
}

function poolOf({ url }: TestServer): CheckedPool {
  return openPool(readConfig({ DATABASE_URL: url }).database, createLogger('silent'));
}
