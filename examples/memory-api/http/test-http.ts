import { AsyncLocalStorage } from 'node:async_hooks';
import { request as send } from 'node:http';
import { type FastifyBaseLogger, type FastifyInstance, fastify } from 'fastify';
import pg from 'pg';
import { RedisConnection } from '../cache/connection.ts';
import { handleError, handleNotFound } from '../error-handler.ts';
import { NotFoundError } from '../errors.ts';
import { createLogger } from '../logger.ts';
import { RequestLog } from '../request-log.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { TestServer } from '../test-servers.ts';
import { ApiKeys, type ApiKeysOptions } from './api-keys.ts';
import { AuditLog } from './audit.ts';
import { type AuditTrailOptions, auditTrail } from './audit-trail.ts';
import { authentication } from './authentication.ts';
import { requireOwner } from './caller.ts';
import { compression } from './compression.ts';
import { deadline } from './deadline.ts';
import { FailedAttempts } from './failed-attempts.ts';
import { jsonBody } from './json-body.ts';
import { Limit } from './limit.ts';
import { openApi } from './openapi.ts';
import { rateLimit } from './rate-limit.ts';
import { refuse, textProblems, userIdPattern } from './validators.ts';

/* A small service with everything of this folder around it, on real sockets, for its tests. */

export const keysTable = `
  create table if not exists api_keys (
    id         uuid primary key,
    user_id    text,
    name       text        not null,
    key_hash   bytea       not null unique,
    created_at timestamptz not null default now(),
    revoked_at timestamptz
  )`;
const notesTable = 'create table if not exists notes (id uuid primary key, user_id text, content text)';

export const openRoutes = ['/health/live', '/openapi.json'];

const breaker = { enabled: true, failures: 5, resetMs: 60_000 };

export interface Around {
  postgres: TestServer;
  redis: TestServer;
  keys?: ApiKeysOptions;
  trail?: Omit<AuditTrailOptions, 'audit'>;
  requests?: { perUser?: number; perAddress?: number; perService?: number; failures?: number };
  deadlineMs?: number;
  routes?: (app: FastifyInstance) => void;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  body: any;
}

export interface Ask {
  method?: string;
  key?: string;
  headers?: Record<string, string>;
  /** What is neither a text nor bytes is sent as JSON. */
  body?: unknown;
}

export interface TestHttp extends AsyncDisposable {
  readonly base: string;
  readonly keys: ApiKeys;
  readonly pool: pg.Pool;
  readonly logged: readonly Record<string, unknown>[];
  ask(path: string, ask?: Ask): Promise<Answer>;
}

export async function startHttp(around: Around): Promise<TestHttp> {
  const logged: Record<string, unknown>[] = [];
  const log = createLogger('info', { write: (line) => logged.push(JSON.parse(line)) });
  const pool = new pg.Pool({ connectionString: around.postgres.url, max: 5 });
  // The server may end before the last of its connections.
  pool.on('error', () => {});
  await pool.query(keysTable);
  await pool.query(notesTable);
  const redisOptions = { url: around.redis.url, commandTimeoutMs: 100, breaker };
  const redis = new RedisConnection(redisOptions, createLogger('silent'));
  // Before, each process would count on its own.
  await redis.open();
  const keys = new ApiKeys(pool, around.keys);
  const audit = new AuditLog();
  const { perUser = 1000, perAddress = 1000, perService = 1000, failures = 1000 } = around.requests ?? {};
  const limit = (name: string, requests: number) => new Limit(redis, { name, requests, windowS: 60 });

  const app: FastifyInstance = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new RequestLog(),
    bodyLimit: 64 * 1024,
    frameworkErrors: handleError,
    ajv: { customOptions: { allErrors: true, coerceTypes: false, removeAdditional: false } },
  });
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleNotFound);
  app.removeContentTypeParser('text/plain');

  app.register(deadline, {
    timeoutMs: around.deadlineMs ?? 10_000,
    deadlines: new AsyncLocalStorage<Deadline>(),
  });
  app.register(compression, {});
  app.register(openApi, { title: 'Notes', version: '1', openRoutes });
  app.register(auditTrail, { audit, ...around.trail });
  app.register(authentication, {
    keys,
    audit,
    openRoutes,
    failures: new FailedAttempts(limit('failures', failures)),
  });
  app.register(rateLimit, {
    perUser: limit('user', perUser),
    perAddress: limit('address', perAddress),
    perService: limit('service', perService),
  });
  app.register(jsonBody);
  app.register(async (routes) => {
    noteRoutes(routes, pool);
    around.routes?.(routes);
  });
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    base,
    keys,
    pool,
    logged,
    ask: (path, ask) => askHttp(base + path, ask),
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await redis.close();
      await pool.end();
    },
  };
}

const text = { type: 'string' } as const;
const userId = { type: 'string', pattern: userIdPattern } as const;
const note = {
  title: 'Note',
  type: 'object',
  properties: { id: { type: 'string', format: 'uuid' }, user_id: userId, content: text },
  required: ['id', 'user_id', 'content'],
} as const;
const oneNote = { type: 'object', properties: { data: note }, required: ['data'] } as const;

interface Note {
  id: string;
  user_id: string;
  content: string;
}

function noteRoutes(app: FastifyInstance, pool: pg.Pool): void {
  app.get('/health/live', async () => ({ data: { status: 'ok' } }));

  const create = {
    operationId: 'createNote',
    body: {
      type: 'object',
      properties: { ...note.properties, metadata: { type: 'object' } },
      required: note.required,
      additionalProperties: false,
    },
    response: { 201: oneNote },
  };
  app.post<{ Body: Note }>('/api/v1/notes', { schema: create }, async ({ body }, reply) => {
    refuse(textProblems('body.content', body.content, { maxCharacters: 4000 }));
    await pool.query('insert into notes values ($1, $2, $3)', [body.id, body.user_id, body.content]);
    return reply.code(201).send({ data: body });
  });

  const params = { type: 'object', properties: { id: { type: 'string', format: 'uuid' } } };
  const read = { params, response: { 200: oneNote } };
  app.get<{ Params: { id: string } }>('/api/v1/notes/:id', { schema: read }, async (request) => {
    const { id } = request.params;
    const { rows } = await pool.query<Note>('select * from notes where id = $1', [id]);
    const what = `note ${id}`;
    if (!rows[0]) throw new NotFoundError(what);
    requireOwner(request, rows[0].user_id, what);
    return { data: rows[0] };
  });

  const list = {
    querystring: { type: 'object', properties: { user_id: userId }, required: ['user_id'] },
    response: { 200: { type: 'object', properties: { data: { type: 'array', items: note } } } },
  };
  app.get<{ Querystring: { user_id: string } }>('/api/v1/notes', { schema: list }, async ({ query }) => {
    const { rows } = await pool.query('select * from notes where user_id = $1', [query.user_id]);
    return { data: rows };
  });
}

/** Unlike `fetch` it neither adds headers nor decodes what comes. */
export function askHttp(url: string, { method, key, headers, body }: Ask = {}): Promise<Answer> {
  const isRaw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = isRaw ? body : JSON.stringify(body);
  const sent = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(!headers?.['transfer-encoding'] &&
      bytes !== undefined && { 'content-length': `${Buffer.byteLength(bytes)}` }),
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const request = send(url, { method: method ?? (body === undefined ? 'GET' : 'POST'), headers: sent });
    // A server may answer before it has read everything, and close; the answer is what counts.
    let isAnswered = false;
    request.on('error', (error) => isAnswered || reject(error));
    request.on('response', async (response) => {
      isAnswered = true;
      const received = Buffer.concat(await response.toArray());
      const { statusCode, headers } = response;
      resolve({ status: statusCode!, headers, bytes: received, body: parsed(received) });
    });
    request.end(bytes);
  });
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
