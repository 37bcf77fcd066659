import { setTimeout as wait } from 'node:timers/promises';
import { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import type { Logger } from 'pino';
import { registerAround } from './around.ts';
import { Census } from './census.ts';
import type { Config } from './config.ts';
import { handleClientError, handleError, handleNotFound } from './error-handler.ts';
import { AuthenticationError } from './errors.ts';
import { monitorHealth } from './health.ts';
import type { Caller } from './http/caller.ts';
import { protocol } from './http/protocol.ts';
import { mcpRoutes } from './mcp/http.ts';
import { openParts } from './parts.ts';
import { RequestLog } from './request-log.ts';
import { healthRoutes } from './routes/health.ts';
import { memoryRoutes } from './routes/memories.ts';

/** The largest content is 4,000 characters of up to 6 bytes as JSON; the rest is for metadata. */
const bodyLimitBytes = 64 * 1024;

/**
 * How long a start waits for its connections to PostgreSQL, which may take as long as its settings allow each: longer than
 * Fastify lets a start take. They are opened all the same.
 */
const fillLimitMs = 2000;

/**
 * The whole service, not yet listening:
 *
 * 1. what can be done with memories, over connections of which none is opened yet,
 * 2. what stands around every route,
 * 3. the routes: HTTP, MCP, health.
 *
 * `listen()` waits for Redis and for PostgreSQL, but not for long; `close()` finishes what is in flight, then closes the connections.
 */
export function buildApp(config: Config, logger: Logger): FastifyInstance {
  const parts = openParts(config, logger, { instance: config.instance, limits: config.auth.enabled });
  const { memories, store } = parts;
  const census = new Census(store);
  const health = monitorHealth(parts, config, logger);

  const app = createServer(config, logger);
  registerAround(app, config, parts);
  app.register(async (routes) => {
    routes.register(memoryRoutes, { prefix: '/api/v1', memories });
    routes.register(healthRoutes, { health });
    routes.register(mcpRoutes, {
      ...{ operations: memories, callerOf, ...config.mcp },
      onDone: (request) => app.auditAccess(request),
      onFailed: (request, error) => app.auditFailure(request, error),
    });
  });
  app.addHook('onReady', async () => {
    census.start();
    await parts.open();
    await atMost(fillLimitMs, parts.pool.fill());
    health.start();
  });
  app.addHook('onClose', async () => {
    health.stop();
    census.stop();
    await parts.close();
  });
  return app;
}

/** Waits for `work`, which does not fail, but not longer than that. */
async function atMost(limitMs: number, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, wait(limitMs, undefined, { signal: done.signal })]);
  done.abort();
}

/** @throws AuthenticationError when nobody has said who asks */
function callerOf({ caller }: FastifyRequest): Caller {
  if (!caller) throw new AuthenticationError();
  return caller;
}

function createServer(config: Config, logger: FastifyBaseLogger): FastifyInstance {
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    logController: new RequestLog(),
    bodyLimit: bodyLimitBytes,
    trustProxy: trusted(config.trustProxy),
    // A connection that is already open is served to the end, also while the service closes.
    return503OnClosing: false,
    frameworkErrors: handleError,
    clientErrorHandler: handleClientError(logger),
    http: { requireHostHeader: false },
    ajv: { customOptions: { allErrors: true, coerceTypes: false, removeAdditional: false } },
  });
  app.removeContentTypeParser('text/plain');
  letConnectionsEnd(app);
  app.register(protocol);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleNotFound);
  return app;
}

/** Of so many proxies the addresses that they say are believed, from the nearest on; the next one is the client's. */
function trusted(proxies: Config['trustProxy']) {
  return typeof proxies === 'number' ? (_address: string, hop: number) => hop < proxies : proxies;
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
