import type { FastifyRequest } from 'fastify';
import { AuthenticationError, AuthorizationError, NotYoursError } from '../errors.ts';
import type { ApiKey } from './api-keys.ts';

/** Who asks. */
export interface Caller {
  readonly keyId: string;
  /** Absent for a service, which acts for many users. */
  readonly userId?: string;
  may(userId: string): boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on open routes alone. */
    caller: Caller | null;
  }
}

export function callerOf({ id, userId }: ApiKey): Caller {
  const may = (asked: string) => userId === undefined || asked === userId;
  return { keyId: id, ...(userId !== undefined && { userId }), may };
}

/**
 * For routes that found something by its id.
 *
 * @throws NotYoursError that the caller cannot tell from a NotFoundError for `what`, so that ids cannot be probed
 */
export function requireOwner(request: FastifyRequest, ownerId: string, what: string): void {
  if (!caller(request).may(ownerId)) throw new NotYoursError(what);
}

/** @throws AuthorizationError when the caller may not act for this user */
export function requireUser(request: FastifyRequest, userId: string): void {
  if (!caller(request).may(userId)) throw new AuthorizationError('acting for another user');
}

/** The users that the request names, in its body, its query string or its path. */
export function namedUsersOf({ body, query, params }: FastifyRequest): string[] {
  const named = [body, query, params].map((part) => (Object(part) as { user_id?: unknown }).user_id);
  return named.filter((userId) => typeof userId === 'string');
}

/** Those, and the user for whom a tool is called: the tool itself looks whether that may be. */
export function subjectsOf(request: FastifyRequest): string[] {
  const userId = toolCallOf(request)?.given.user_id;
  return [...namedUsersOf(request), ...(typeof userId === 'string' ? [userId] : [])];
}

/** Where tools are called. What looks like a call elsewhere is none, also in a body that its route does not read. */
export const toolsPath = '/mcp';

interface ToolCall {
  name?: unknown;
  given: { id?: unknown; user_id?: unknown };
}

/** Which tool a JSON-RPC message calls (`tools/call`), and what it is given; undefined for requests of other routes. */
export function toolCallOf({ body, routeOptions }: FastifyRequest): ToolCall | undefined {
  if (routeOptions.url !== toolsPath) return undefined;
  const { params } = Object(body) as { params?: unknown };
  const { name, arguments: given } = Object(params) as { name?: unknown; arguments?: unknown };
  return { name, given: Object(given) };
}

function caller(request: FastifyRequest): Caller {
  if (!request.caller) throw new AuthenticationError();
  return request.caller;
}
