import { createLogger } from '../logger.ts';
import { RedisConnection, type RedisOptions } from './connection.ts';
import { everythingKey, RunOfRedis } from './run-of-redis.ts';

/** Somebody waits at a terminal, and for one command: longer than a request would. */
const commandTimeoutMs = 2000;

/**
 * Makes everything stale that Redis keeps for the services that use it, for whoever changed memories without them.
 * What is being loaded meanwhile does not count either. Embeddings stay: they are of texts, not of memories.
 *
 * @throws what ioredis throws when Redis does not confirm it
 */
export async function forgetEverything({ url }: Pick<RedisOptions, 'url'>): Promise<void> {
  const breaker = { enabled: false, failures: 1, resetMs: 1 };
  const connection = new RedisConnection({ url, commandTimeoutMs, breaker }, createLogger('silent'));
  await connection.open();
  try {
    await new RunOfRedis(connection, undefined).run((redis, runId) => redis.unlink(everythingKey(runId)));
  } finally {
    await connection.close();
  }
}
