import { Redis } from 'ioredis';
import { createCache } from '../cache.ts';
import { readConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import type { BreakerOptions } from '../resilience/breaker.ts';
import type { Cache, Kind } from './cache.ts';
import { RedisConnection } from './connection.ts';

type Settings = Parameters<typeof createCache>[0] & {
  url: string;
  commandTimeoutMs: number;
  breaker: BreakerOptions;
};

/** A cache as one process of the service has it. */
export interface TestCache extends Cache, AsyncDisposable {
  /** The text of `key`, which `load` makes when no layer has it; invalidated by its key. */
  text(
    key: string,
    load: string | undefined | (() => Promise<string | undefined>),
  ): Promise<string | undefined>;
  /** To its Redis. */
  readonly connection: RedisConnection;
  /** What it has logged. */
  readonly logged: readonly Record<string, unknown>[];
}

export const texts = (...stamps: string[]): Kind<string> => ({
  parse: (value) => (typeof value === 'string' ? value : undefined),
  stamps,
});

let instances = 0;

export async function openCache(url: string, settings: Partial<Settings> = {}): Promise<TestCache> {
  const { cache: defaults } = readConfig({ DATABASE_URL: 'postgres://127.0.0.1/none', REDIS_URL: url });
  const logged: Record<string, unknown>[] = [];
  const logger = createLogger('info', { write: (line) => logged.push(JSON.parse(line)) });
  instances += 1;
  const instance = `test-${instances}`;
  // So long that a slow machine is not taken for a Redis that is away.
  const all = { ...defaults, instance, retryMs: 20, commandTimeoutMs: 5000, ...settings };
  const connection = new RedisConnection(all, logger);
  const cache = createCache(all, connection, logger);
  await connection.open();
  return Object.assign(cache, {
    connection,
    logged,
    text: (key: string, load: Parameters<TestCache['text']>[1]) =>
      cache.get(key, typeof load === 'function' ? load : async () => load, texts(key)),
    async [Symbol.asyncDispose]() {
      await cache.close();
      await connection.close();
    },
  });
}

/** Asks Redis itself. */
export async function ask<T>({ url }: { url: string }, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}

/** A user of Redis, so that a process can be kept from what others may; gives the URL with its name. */
export async function addUser({ url }: { url: string }, name: string): Promise<string> {
  await ask({ url }, (client) => client.acl('SETUSER', name, 'on', '>secret', '~*', '&*', '+@all'));
  return url.replace('redis://', `redis://${name}:secret@`);
}

/** `-mget`: every MGET of this user is answered with an error. */
export async function allow({ url }: { url: string }, name: string, ...rules: string[]): Promise<void> {
  await ask({ url }, (client) => client.acl('SETUSER', name, ...rules));
}
