import { Redis } from 'ioredis';
import { bytes } from '../../../examples/memory-api/admin/output.ts';
import type { Config } from '../../../examples/memory-api/config.ts';
import { type Checked, check, MissingError } from '../kit/checks.ts';

const timeoutMs = 2000;

/** What the cache holds may go at any time; what counts requests is there for a minute. */
export async function checkRedis({ cache, auth }: Config): Promise<Checked[]> {
  if (!cache.enabled && !auth.enabled) return [];
  return [await check('Redis', () => versionOf(cache.url))];
}

async function versionOf(url: string): Promise<string> {
  const client = new Redis(url, {
    ...{ lazyConnect: true, connectTimeout: timeoutMs, commandTimeout: timeoutMs, retryStrategy: () => null },
  });
  let broke: Error | undefined;
  client.on('error', (error) => (broke = error));
  try {
    await client.connect();
    const told = fieldsOf(await client.info());
    const most = Number(told.maxmemory ?? 0);
    const room = most > 0 ? `of ${bytes(most)}, ${told.maxmemory_policy}` : 'without a limit';
    if (most > 0 && told.maxmemory_policy === 'noeviction' && Number(told.used_memory) > 0.9 * most)
      throw new Error(`${room} is nearly full: set maxmemory-policy to allkeys-lru`);
    return `${told.redis_version}, ${bytes(Number(told.used_memory))} ${room}`;
  } catch (error) {
    // The service serves without it, slower and with limits that each process counts for itself.
    throw isGone(error) ? new MissingError((broke ?? (error as Error)).message) : error;
  } finally {
    client.disconnect();
  }
}

function isGone(error: unknown): boolean {
  return /Connection is closed|ECONN|ETIMEDOUT|timed out/.test(String((error as Error).message));
}

function fieldsOf(info: string): Record<string, string> {
  return Object.fromEntries(
    info.split('\r\n').flatMap((line) => {
      const [, name, value] = /^(\w+):(.*)$/.exec(line) ?? [];
      return name ? [[name, value!]] : [];
    }),
  );
}
