import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { AuthenticationError } from '../errors.ts';
import { addressOf } from './address.ts';
import { type ApiKeys, isWellFormed } from './api-keys.ts';
import type { AuditLog } from './audit.ts';
import { callerOf, namedUsersOf, requireUser } from './caller.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import { tooMany } from './rate-limit.ts';

export interface AuthenticationOptions {
  keys: ApiKeys;
  audit: AuditLog;
  failures: FailedAttempts;
  /** Patterns of routes that need no key, such as `/health/live`; all others do, also those that do not exist. */
  openRoutes: readonly string[];
}

const authenticate: FastifyPluginAsync<AuthenticationOptions> = async (app, options) => {
  const { keys, audit, failures, openRoutes } = options;
  app.decorateRequest('caller', null);

  /** Before the body is read: who has no key sends it in vain. */
  app.addHook('onRequest', async (request, reply) => {
    if (openRoutes.includes(request.routeOptions.url ?? '')) return;
    const key = bearerOf(request);
    const known = key === undefined ? undefined : keys.known(key);
    if (known) {
      request.caller = callerOf(known);
      return;
    }
    // A key that was good a moment ago is good: others behind the same address do not suffer.
    const address = addressOf(request.ip);
    const refusedForS = failures.refusedForS(address);
    if (refusedForS > 0) throw tooMany(reply, refusedForS);

    const found = key === undefined ? undefined : await keys.find(key);
    if (found) {
      request.caller = callerOf(found);
      audit.tell(request, { event: 'auth_attempt', outcome: 'allowed' });
      return;
    }
    await failures.count(address);
    audit.tell(request, { event: 'auth_attempt', outcome: 'denied', reason: reasonFor(key) });
    // RFC 9110, 11.6.1: a 401 says how to authenticate.
    reply.header('www-authenticate', 'Bearer realm="memory-api"');
    throw new AuthenticationError();
  });

  /** After validation, when it is sure where a user can stand. */
  app.addHook('preHandler', async (request) => {
    if (!request.caller) return;
    for (const userId of namedUsersOf(request)) requireUser(request, userId);
  });
};

/**
 * Every request has a caller, known by `Authorization: Bearer <key>`, and acts for nobody else.
 *
 * Throws AuthenticationError for an absent, malformed, unknown or revoked key, which looks the same in all cases;
 * AuthorizationError when the request names a user that the key is not for; RateLimitError after too many failures
 * from one address.
 */
export const authentication = fp(authenticate, { name: 'authentication' });

/** The scheme is case-insensitive (RFC 9110, 11.1). */
function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

function reasonFor(key: string | undefined): string {
  if (key === undefined) return 'no key';
  return isWellFormed(key) ? 'unknown or revoked key' : 'malformed key';
}
