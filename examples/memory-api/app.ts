import { type FastifyBaseLogger, type FastifyInstance, fastify } from 'fastify';
import type { Logger } from 'pino';
import { ActiveUsers } from './active-users.ts';
import { createCache } from './cache.ts';
import { Census } from './census.ts';
import type { Config } from './config.ts';
import { openPool } from './database.ts';
import { HashingEmbedder } from './embedder.ts';
import { handleError, handleNotFound } from './error-handler.ts';
import { Memories } from './memories.ts';
import { RequestLog } from './request-log.ts';
import { healthRoutes } from './routes/health.ts';
import { memoryRoutes } from './routes/memories.ts';
import { MemoryStore } from './store.ts';

/** The largest content is 4,000 characters of up to 6 bytes as JSON; the rest is for metadata. */
const bodyLimitBytes = 64 * 1024;

/**
 * The whole service, not yet listening:
 *
 * 1. connections: none is opened yet,
 * 2. what can be done with memories, on top of them,
 * 3. HTTP around that.
 *
 * `listen()` waits for Redis, but not for long; `close()` finishes what is in flight, then closes the connections.
 */
export function buildApp(config: Config, logger: Logger): FastifyInstance {
  const pool = openPool(config.database, logger);
  const cache = createCache(config.cache, logger);

  const store = new MemoryStore(pool);
  const activeUsers = new ActiveUsers();
  const census = new Census(store);
  const memories = new Memories(store, cache, new HashingEmbedder(), activeUsers);

  const app = createServer(logger);
  app.register(memoryRoutes, { prefix: '/api/v1', memories });
  app.register(healthRoutes, { store, cache });
  app.addHook('onReady', async () => {
    census.start();
    activeUsers.start();
    await cache.open();
  });
  app.addHook('onClose', async () => {
    census.stop();
    activeUsers.stop();
    await Promise.all([pool.end(), cache.close()]);
  });
  return app;
}

function createServer(logger: FastifyBaseLogger): FastifyInstance {
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    logController: new RequestLog(),
    bodyLimit: bodyLimitBytes,
    // A connection that is already open is served to the end, also while the service closes.
    return503OnClosing: false,
    frameworkErrors: handleError,
    ajv: { customOptions: { allErrors: true, coerceTypes: false, removeAdditional: false } },
  });
  app.removeContentTypeParser('text/plain');
  letConnectionsEnd(app);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleNotFound);
  return app;
}

/**
 * While the service closes, every answer is the last on its connection. Without, a connection with a request in
 * flight would stay open after the answer for as long as keep-alive allows, and the service with it.
 */
function letConnectionsEnd(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
}
