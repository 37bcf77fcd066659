import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Memories } from '../memories.ts';
import type { NewMemory } from '../memory.ts';
import { createSchema, listSchema, readSchema, searchSchema } from '../schemas.ts';

interface ListQuery {
  user_id: string;
  page: number;
  limit: number;
}

interface Search {
  user_id: string;
  query: string;
  limit: number;
}

/** `/memories` and what is below it. */
export const memoryRoutes: FastifyPluginAsync<{ memories: Memories }> = async (app, { memories }) => {
  app.post<{ Body: NewMemory }>('/memories', { schema: createSchema }, async (request, reply) => {
    const memory = await memories.create(request.body);
    const { id, user_id, kind } = memory;
    request.log.info({ memory_id: id, user_id, kind }, 'memory created');
    return reply.code(201).send({ data: memory });
  });

  app.get<{ Params: { id: string } }>('/memories/:id', { schema: readSchema }, async (request) => ({
    data: await memories.read(request.params.id.toLowerCase()),
  }));

  app.get<{ Querystring: ListQuery }>(
    '/memories',
    { schema: listSchema, preValidation: readNumbers },
    async ({ query }) => memories.list(query.user_id, query.page, query.limit),
  );

  app.post<{ Body: Search }>('/memories/search', { schema: searchSchema }, async (request) => {
    const { user_id, query, limit } = request.body;
    const data = await memories.search(user_id, query, limit);
    request.log.info({ user_id, results: data.length, best_score: data[0]?.score }, 'search done');
    return { data };
  });
};

/** A query string has no numbers, and the validator is told not to guess: in a body that would hide mistakes. */
async function readNumbers(request: FastifyRequest<{ Querystring: ListQuery }>) {
  const query: Record<string, unknown> = { ...request.query };
  for (const name of ['page', 'limit']) {
    const given = query[name];
    if (typeof given === 'string' && /^-?\d+$/.test(given)) query[name] = Number(given);
  }
  request.query = query as unknown as ListQuery;
}
