import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import {
  AuthenticationError,
  AuthorizationError,
  NotFoundError,
  NotYoursError,
  RateLimitError,
  ValidationError,
} from '../errors.ts';
import { addressOf } from './address.ts';
import type { AuditLog } from './audit.ts';
import { subjectsOf, toolCallOf } from './caller.ts';
import { StrangerError } from './strangers.ts';
import { Tally, type Threshold } from './tally.ts';

export interface AuditTrailOptions {
  audit: AuditLog;
  /** Failed authentications of one address that are suspicious. */
  failedAuthentications?: Threshold;
  /** Attempts of one key on what belongs to others. */
  foreignAccess?: Threshold;
  /** Ids that one key asked for and that do not exist for it. */
  unknownIds?: Threshold;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose memory the request found by its id; null until then. */
    owner: string | null;
  }
  interface FastifyContextConfig {
    /** An answer of this route need not be an access to data. */
    auditsItself?: boolean;
  }
  interface FastifyInstance {
    /** For a route that `auditsItself`: what was done. */
    auditAccess(request: FastifyRequest): void;
    /** For a route that `auditsItself`: what failed and is answered all the same, with the error in the answer. */
    auditFailure(request: FastifyRequest, error: Error): void;
  }
}

const minuteMs = 60_000;

/** What stands in no id, and in the first tries of everybody who looks for a hole. */
const probe =
  /['"`;<>\\\0]|--|\/\*|\.\.\/|\$\{|\b(?:union|select|insert|update|delete|drop|sleep|script|javascript)\b/i;

const keepTrail: FastifyPluginAsync<AuditTrailOptions> = async (app, options) => {
  const { audit } = options;
  const failed = new Tally(options.failedAuthentications ?? { times: 5, windowMs: 5 * minuteMs });
  const foreign = new Tally(options.foreignAccess ?? { times: 1, windowMs: minuteMs });
  const unknown = new Tally(options.unknownIds ?? { times: 20, windowMs: minuteMs });

  app.decorateRequest('owner', null);
  app.addHook('onError', async (request, _reply, error: Error) => tellFailure(request, error));
  app.decorate('auditFailure', tellFailure);
  app.decorate('auditAccess', tellAccess);

  app.addHook('onResponse', async (request, reply) => {
    const { url, config } = request.routeOptions;
    if (reply.statusCode >= 400 || url === undefined || config.auditsItself) return;
    if (request.caller) tellAccess(request);
  });

  function tellAccess(request: FastifyRequest): void {
    audit.tell(request, { event: 'data_access', outcome: 'allowed' });
  }

  function tellFailure(request: FastifyRequest, error: Error): void {
    if (error instanceof RateLimitError) {
      audit.tell(request, { event: 'rate_limit_exceeded', outcome: 'denied' });
    }
    if (error instanceof AuthorizationError || error instanceof NotYoursError) {
      audit.tell(request, { event: 'data_access', outcome: 'denied', reason: 'belongs to another user' });
    }
    for (const reason of suspicions(request, error)) {
      audit.tell(request, { event: 'suspicious_activity', outcome: 'noticed', reason });
    }
  }

  function* suspicions(request: FastifyRequest, error: Error): Generator<string> {
    const keyId = request.caller?.keyId ?? 'none';
    if (error instanceof AuthenticationError && failed.reached(addressOf(request.ip))) {
      yield 'repeated failed authentication';
    }
    if (error instanceof AuthorizationError || error instanceof NotYoursError) {
      if (foreign.reached(keyId)) yield 'access to data of another user';
    }
    if (error instanceof StrangerError) yield error.message;
    if (error instanceof NotFoundError && unknown.reached(keyId)) yield 'ids are tried one after the other';
    if (isRefusal(error) && namesOf(request).some((name) => probe.test(name))) yield 'probe in an id';
  }
};

/** Tells the audit log of accesses to data, of refusals, and of what looks like somebody trying doors. */
export const auditTrail = fp(keepTrail, { name: 'audit-trail' });

/** Only of requests that are refused: what was taken was in order. */
function isRefusal(error: Error): boolean {
  if (error instanceof ValidationError || error instanceof NotFoundError) return true;
  return error instanceof AuthorizationError || 'validation' in error;
}

/** Everything in a request that names something: what stands in the path, ids, and users. */
function namesOf(request: FastifyRequest): string[] {
  const inPath = Object.values(Object(request.params));
  const names = [...inPath, toolCallOf(request)?.given.id].filter((name) => typeof name === 'string');
  return [...names, ...subjectsOf(request)];
}
