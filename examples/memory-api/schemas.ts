import { errorSchema } from './http/openapi.ts';
import { userIdPattern } from './http/validators.ts';
import { kinds } from './memory.ts';

/** JSON schemas of what goes in and out. Nothing is converted or dropped on the way in: a wrong type is a 400. */

// The format alone would let `urn:uuid:` stand before it.
const uuid = { type: 'string', format: 'uuid', maxLength: 36 } as const;
const userId = { type: 'string', pattern: userIdPattern } as const;
const kind = { type: 'string', enum: kinds } as const;
// PostgreSQL cannot hold the character U+0000.
const storable = { type: 'string', minLength: 1, pattern: '^[^\\u0000]*$' } as const;
const content = { ...storable, maxLength: 4000 } as const;
const metadata = {
  type: 'object',
  additionalProperties: true,
  description: 'At most 8 levels and 16 KiB as JSON, nowhere with the character U+0000 or the name __proto__',
} as const;

const memoryProperties = {
  id: uuid,
  user_id: userId,
  kind,
  content,
  metadata,
  created_at: { type: 'string', format: 'date-time' },
} as const;

const memory = { title: 'Memory', ...object(memoryProperties) };
const scoredMemory = { title: 'FoundMemory', ...object({ ...memoryProperties, score: { type: 'number' } }) };
const integer = { type: 'integer' } as const;
const text = { type: 'string' } as const;

const errors = { '4xx': errorSchema, '5xx': errorSchema };
const conflict = { description: 'The id is that of another memory', ...errorSchema };

export const createSchema = {
  operationId: 'createMemory',
  body: object({ id: uuid, user_id: userId, kind, content, metadata }, ['user_id', 'kind', 'content']),
  response: { 201: object({ data: memory }), 409: conflict, ...errors },
};

const params = object({ id: uuid });

export const readSchema = {
  operationId: 'getMemory',
  params,
  response: { 200: object({ data: memory }), ...errors },
};

export const updateSchema = {
  operationId: 'updateMemory',
  params,
  body: { ...object({ kind, content, metadata }, []), minProperties: 1 },
  response: { 200: object({ data: memory }), ...errors },
};

export const deleteSchema = {
  operationId: 'deleteMemory',
  params,
  response: { 204: { type: 'null', description: 'It is gone' }, ...errors },
};

export const listSchema = {
  operationId: 'listMemories',
  querystring: object(
    {
      user_id: userId,
      kind,
      page: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 1 },
      limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    },
    ['user_id'],
  ),
  response: {
    200: object({
      data: { type: 'array', items: memory },
      pagination: object({ page: integer, limit: integer, total: integer, pages: integer }),
    }),
    ...errors,
  },
};

export const searchSchema = {
  operationId: 'searchMemories',
  body: object(
    {
      user_id: userId,
      query: { ...storable, maxLength: 1000 },
      limit: { type: 'integer', minimum: 1, maximum: 50, default: 10 },
      require_meaning: { type: 'boolean', default: false },
    },
    ['user_id', 'query'],
  ),
  response: {
    200: object({ data: { type: 'array', items: scoredMemory }, degraded: { type: 'boolean' } }),
    ...errors,
  },
};

export const liveSchema = {
  operationId: 'isLive',
  response: { 200: object({ data: object({ status: text }) }) },
};

const pool = object({
  size: integer,
  in: integer,
  out: integer,
  overflow: integer,
  invalidated: integer,
  waiting: integer,
});

/** `error`: the code of what is wrong, when something is. */
function dependency<P extends Record<string, unknown>>(more: P) {
  const always = { status: text, latency_ms: { type: 'number' }, ...more } as const;
  return object({ ...always, error: text }, Object.keys(always));
}

const readiness = object({
  data: object({
    status: text,
    dependencies: object({
      postgres: dependency({ breaker: text, pool }),
      redis: dependency({ breaker: text }),
      vector_index: dependency({}),
    }),
  }),
});
export const readySchema = { operationId: 'isReady', response: { 200: readiness, 503: readiness } };

/** An object in which nothing else may stand; all of it is required unless `required` says what is. */
function object<P extends Record<string, unknown>>(
  properties: P,
  required: readonly string[] = Object.keys(properties),
) {
  return { type: 'object', properties, required, additionalProperties: false } as const;
}
