import type { FastifyPluginAsync } from 'fastify';
import type { Monitored } from '../health.ts';
import { liveSchema, readySchema } from '../schemas.ts';

/** Live: the process answers. Ready: it can serve, for which it needs PostgreSQL but not Redis. */
export const healthRoutes: FastifyPluginAsync<{ health: Pick<Monitored, 'readiness'> }> = async (
  app,
  { health },
) => {
  app.get('/health/live', { schema: liveSchema }, async () => ({ data: { status: 'ok' } }));

  app.get('/health/ready', { schema: readySchema }, async (request, reply) => {
    const { ready, ...data } = await health.readiness();
    if (!ready) {
      request.log.warn({ dependencies: data.dependencies }, 'not ready: the database does not answer');
      reply.code(503);
    }
    return { data };
  });
};
