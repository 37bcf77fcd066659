import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RedisConnection } from './cache/connection.ts';
import type { Config } from './config.ts';
import { ApiKeys } from './http/api-keys.ts';
import { AuditLog } from './http/audit.ts';
import { auditTrail } from './http/audit-trail.ts';
import { authentication } from './http/authentication.ts';
import type { Caller } from './http/caller.ts';
import { compression } from './http/compression.ts';
import { deadline } from './http/deadline.ts';
import { FailedAttempts } from './http/failed-attempts.ts';
import { jsonBody } from './http/json-body.ts';
import { Limit } from './http/limit.ts';
import { methods } from './http/methods.ts';
import { openApi } from './http/openapi.ts';
import { rateLimit } from './http/rate-limit.ts';
import type { Parts } from './parts.ts';
import { version } from './version.ts';

/** Whoever asks for these needs no key. */
const openRoutes = ['/health/live', '/health/ready', '/openapi.json'];

/** What stands around every route: each in its own file of `http/`. The order is the one in which a request meets them. */
export function registerAround(app: FastifyInstance, config: Config, parts: Parts): void {
  const { database, redis, deadlines, shared } = parts;
  const audit = new AuditLog();
  app.register(deadline, { timeoutMs: config.requestTimeoutMs, deadlines });
  app.register(compression, {});
  app.register(methods);
  app.register(openApi, { title: 'Memory API', version, openRoutes });
  app.register(auditTrail, { audit });
  if (config.auth.enabled) registerGuards(app, config, redis!, new ApiKeys(database, { shared }), audit);
  else letEverybodyIn(app);
  app.register(jsonBody);
}

function registerGuards(
  app: FastifyInstance,
  config: Config,
  redis: RedisConnection,
  keys: ApiKeys,
  audit: AuditLog,
): void {
  const { windowS, perUser, perAddress, perService, enabled } = config.rateLimit;
  const limit = (name: string, requests: number) => new Limit(redis, { name, requests, windowS });
  const failures = new FailedAttempts(limit('failures', config.auth.failuresPerAddress));
  app.register(authentication, { keys, audit, failures, openRoutes });
  if (enabled)
    app.register(rateLimit, {
      perUser: limit('user', perUser),
      perAddress: limit('address', perAddress),
      perService: limit('service', perService),
    });
}

/** For a service that is reached by nobody but those who may do everything. */
const everybody: Caller = { keyId: 'none', may: () => true };

function letEverybodyIn(app: FastifyInstance): void {
  app.decorateRequest('caller', null);
  app.addHook('onRequest', async (request: FastifyRequest) => {
    request.caller = everybody;
  });
}
