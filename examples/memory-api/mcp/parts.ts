import type { Logger } from 'pino';
import { ActiveUsers } from '../active-users.ts';
import { createCache } from '../cache.ts';
import type { Config } from '../config.ts';
import { openPool } from '../database.ts';
import { HashingEmbedder } from '../embedder.ts';
import { Memories } from '../memories.ts';
import { MemoryStore } from '../store.ts';

/** The memories with the connections that they need, as the HTTP service has them. */
export function openParts(config: Config, log: Logger) {
  const pool = openPool(config.database, log);
  const cache = createCache(config.cache, log);
  const activeUsers = new ActiveUsers();
  const memories = new Memories(new MemoryStore(pool), cache, new HashingEmbedder(), activeUsers);
  return {
    memories,
    pool,
    async open(): Promise<void> {
      activeUsers.start();
      await cache.open();
    },
    async close(): Promise<void> {
      activeUsers.stop();
      await Promise.all([pool.end(), cache.close()]);
    },
  };
}
