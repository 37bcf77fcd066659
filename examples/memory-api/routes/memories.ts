import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { tellChange, tellSearch } from '../business-log.ts';
import { requireOwner } from '../http/caller.ts';
import { metadataProblems, refuse } from '../http/validators.ts';
import type { Memories, MemoryChanges } from '../memories.ts';
import type { Memory, NewMemory } from '../memory.ts';
import {
  createSchema,
  deleteSchema,
  listSchema,
  readSchema,
  searchSchema,
  updateSchema,
} from '../schemas.ts';

interface ListQuery {
  user_id: string;
  kind?: Memory['kind'];
  page: number;
  limit: number;
}

interface Search {
  user_id: string;
  query: string;
  limit: number;
  require_meaning: boolean;
}

interface OneMemory {
  Params: { id: string };
}

/** `/memories` and what is below it. */
export const memoryRoutes: FastifyPluginAsync<{ memories: Memories }> = async (app, { memories }) => {
  app.post<{ Body: NewMemory }>('/memories', { schema: createSchema }, async (request, reply) => {
    const { body } = request;
    if (body.metadata) refuse(metadataProblems('body.metadata', body.metadata));
    const memory = await memories.create(withPlainId(body));
    tellChange(request.log, 'created', memory);
    return reply.code(201).send({ data: memory });
  });

  app.get<OneMemory>('/memories/:id', { schema: readSchema }, async (request) => ({
    data: await owned(request),
  }));

  app.patch<OneMemory & { Body: MemoryChanges }>(
    '/memories/:id',
    { schema: updateSchema },
    async (request) => {
      const { body } = request;
      if (body.metadata) refuse(metadataProblems('body.metadata', body.metadata));
      const { id, user_id } = await owned(request);
      const memory = await memories.update(id, user_id, body);
      tellChange(request.log, 'updated', memory);
      return { data: memory };
    },
  );

  app.delete<OneMemory>('/memories/:id', { schema: deleteSchema }, async (request, reply) => {
    const memory = await owned(request);
    await memories.delete(memory.id, memory.user_id);
    tellChange(request.log, 'deleted', memory);
    return reply.code(204).send();
  });

  app.get<{ Querystring: ListQuery }>(
    '/memories',
    { schema: listSchema, preValidation: readNumbers },
    async ({ query }) => memories.list(query.user_id, query.page, query.limit, query.kind),
  );

  app.post<{ Body: Search }>('/memories/search', { schema: searchSchema }, async (request) => {
    const { user_id, query, limit, require_meaning } = request.body;
    const found = await memories.search(user_id, query, limit, require_meaning);
    tellSearch(request.log, user_id, found);
    return { data: found.memories, degraded: found.degraded };
  });

  /** Of somebody else it does not exist. */
  async function owned(request: FastifyRequest<OneMemory>): Promise<Memory> {
    const id = plainId(request.params.id);
    const memory = await memories.read(id);
    request.owner = memory.user_id;
    requireOwner(request, memory.user_id, `memory ${id}`);
    return memory;
  }
};

/** As PostgreSQL writes it: in the cache there is one key to each. */
function plainId(id: string): string {
  return id.toLowerCase();
}

function withPlainId({ id, ...given }: NewMemory): NewMemory {
  return id === undefined ? given : { ...given, id: plainId(id) };
}

/** A query string has no numbers, and the validator is told not to guess: in a body that would hide mistakes. */
async function readNumbers(request: FastifyRequest<{ Querystring: ListQuery }>) {
  const query: Record<string, unknown> = { ...request.query };
  for (const name of ['page', 'limit']) {
    const given = query[name];
    if (typeof given === 'string' && /^-?\d+$/.test(given)) query[name] = Number(given);
  }
  request.query = query as unknown as ListQuery;
}
