// Declares the `hide` of a schema.
import type {} from '@fastify/swagger';
import {
  createMcpHandler,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
} from '@modelcontextprotocol/server';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { type ServiceError, ValidationError } from '../errors.ts';
import { toolsPath } from '../http/caller.ts';
import { type Acquaintances, refuseStrangers } from '../http/strangers.ts';
import { Calls } from './calls.ts';
import { createMemoryServer } from './memory-server.ts';
import type { Caller, MemoryOperations } from './operations.ts';

/** Who may call: by default those who do it by a name of this machine. */
export interface McpHttpOptions extends Partial<Acquaintances> {
  operations: MemoryOperations;
  /** Who asks, by the API key of the request. Throws AuthenticationError when that cannot be told. */
  callerOf(request: FastifyRequest): Caller;
  /** The largest body that is read; default 64 KiB. */
  bodyLimitBytes?: number;
  /**
   * After this a call is answered with DEADLINE_EXCEEDED, done or not; default 10,000. Where requests have a deadline
   * it is a little before that, for afterwards nothing could be told in the words of MCP.
   */
  callTimeoutMs?: number;
  /** Hears of every call that was done: not every answer is that of one. */
  onDone?(request: FastifyRequest): void;
  /** Hears of every call that failed: by HTTP it is answered with 200, so no `onError` hook does. */
  onFailed?(request: FastifyRequest, error: ServiceError): void;
}

const defaultBodyLimitBytes = 64 * 1024;
const defaultCallTimeoutMs = 10_000;

/**
 * The tools at `/mcp` by Streamable HTTP. Each request stands for itself: there are no sessions and no streams that
 * stay open, so nothing is kept for a client that goes away. What is refused before a tool is called (key, host,
 * body) is refused by the error handler of the service, with its status.
 */
export const mcpRoutes: FastifyPluginAsync<McpHttpOptions> = async (app, options) => {
  const { operations, callerOf, bodyLimitBytes = defaultBodyLimitBytes } = options;
  const { allowedHostnames = localhostAllowedHostnames() } = options;
  const { allowedOriginHostnames = localhostAllowedOrigins() } = options;
  const calls = new Calls();
  app.addHook('onRequest', refuseStrangers({ allowedHostnames, allowedOriginHostnames }));
  app.addHook('onClose', () => calls.settled());

  // It speaks JSON-RPC: nothing for the OpenAPI document. GET and DELETE would be for sessions.
  const route = { bodyLimit: bodyLimitBytes, schema: { hide: true }, config: { auditsItself: true } };
  app.post(toolsPath, route, async (request, reply) => {
    const caller = callerOf(request);
    if (Array.isArray(request.body)) throw new ValidationError([noBatch]);
    const { log } = request;
    const onDone = () => options.onDone?.(request);
    const onFailed = (error: ServiceError) => options.onFailed?.(request, error);
    const callTimeoutMs = timeFor(request, options.callTimeoutMs);
    const noted = noting(operations, request);
    const server = { operations: noted, caller, log, calls, callTimeoutMs, onDone, onFailed };
    const handler = createMcpHandler(() => createMemoryServer(server), {
      maxSubscriptions: 0,
      onerror: (err) => log.info({ ...refused, err }, 'an MCP message was refused'),
    });
    return handler.fetch(toWebRequest(request, reply), { parsedBody: request.body });
  });
};

/** What the SDK answers in the words of JSON-RPC, which know no classes; the log has them. */
const refused = { error_code: 'MCP_MESSAGE_REFUSED', category: 'validation', severity: 'low' } as const;

/** The same; whose memory was found by its id is noted. */
function noting(operations: MemoryOperations, request: FastifyRequest): MemoryOperations {
  return {
    create: (...given) => operations.create(...given),
    async read(...given) {
      const memory = await operations.read(...given);
      request.owner = memory.user_id;
      return memory;
    },
    list: (...given) => operations.list(...given),
    update: (...given) => operations.update(...given),
    delete: (...given) => operations.delete(...given),
    search: (...given) => operations.search(...given),
  };
}

/** Many calls in one body would pass for one where requests are counted. */
const noBatch = { field: 'body', problem: 'expected one JSON-RPC message, not a list of them' };

/** What is left for the answer itself, as a share of the time that the request has. */
const shareForAnswer = 0.05;

function timeFor({ deadline }: FastifyRequest, callTimeoutMs = defaultCallTimeoutMs): number {
  if (!deadline) return callTimeoutMs;
  return Math.floor(deadline.remainingMs() * (1 - shareForAnswer));
}

/** The body stays out: it is already read. So do the headers in which secrets travel. */
function toWebRequest({ method, headers }: FastifyRequest, { raw }: FastifyReply): Request {
  const kept = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && /^(accept|content-type|mcp-.*)$/.test(name)) kept.set(name, value);
  }
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return new Request('http://localhost/mcp', { method, headers: kept, signal: gone.signal });
}
