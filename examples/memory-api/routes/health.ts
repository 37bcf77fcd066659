import type { FastifyPluginAsync } from 'fastify';
import type { Cache } from '../cache.ts';
import { liveSchema, readySchema } from '../schemas.ts';
import type { MemoryStore } from '../store.ts';

/** Live: the process answers. Ready: it can serve, for which it needs PostgreSQL but not Redis. */
export const healthRoutes: FastifyPluginAsync<{ store: MemoryStore; cache: Cache }> = async (
  app,
  { store, cache },
) => {
  app.get('/health/live', { schema: liveSchema }, async () => ({ data: { status: 'ok' } }));

  app.get('/health/ready', { schema: readySchema }, async (request, reply) => {
    const [postgres, redis] = await Promise.all([checkStore(), cache.check()]);
    if (postgres.status !== 'ok') reply.code(503);
    return { data: { status: postgres.status, dependencies: { postgres, redis } } };

    async function checkStore() {
      const startedAtMs = performance.now();
      const status = await store.check().then(
        () => 'ok',
        (err) => {
          request.log.warn({ err }, 'not ready: the database does not answer');
          return 'unavailable';
        },
      );
      return { status, latency_ms: performance.now() - startedAtMs };
    }
  });
};
