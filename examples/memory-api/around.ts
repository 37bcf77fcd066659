import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
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

/** Whoever asks for these needs no key. */
const openRoutes = ['/health/live', '/health/ready', '/openapi.json'];
const version = '0.1.0';

/** What stands around every route: each in its own file of `http/`. The order is the one in which a request meets them. */
export function registerAround(app: FastifyInstance, config: Config, log: Logger, { pool }: Parts): void {
  const audit = new AuditLog(log);
  app.register(deadline, { timeoutMs: config.requestTimeoutMs });
  app.register(compression, {});
  app.register(methods);
  app.register(openApi, { title: 'Memory API', version, openRoutes });
  app.register(auditTrail, { audit });
  if (config.auth.enabled) registerGuards(app, config, log, new ApiKeys(pool), audit);
  else letEverybodyIn(app);
  app.register(jsonBody);
}

function registerGuards(
  app: FastifyInstance,
  config: Config,
  log: Logger,
  keys: ApiKeys,
  audit: AuditLog,
): void {
  const { windowS, perUser, perAddress, perService, enabled } = config.rateLimit;
  const redis = limitsClient(config, log);
  const limit = (name: string, requests: number) =>
    new Limit(redis, { name, requests, windowS, timeoutMs: config.cache.commandTimeoutMs });
  const failures = new FailedAttempts(limit('failures', config.auth.failuresPerAddress));
  app.register(authentication, { keys, audit, failures, openRoutes });
  if (enabled)
    app.register(rateLimit, {
      perUser: limit('user', perUser),
      perAddress: limit('address', perAddress),
      perService: limit('service', perService),
    });
  // Nobody waits for it: while there is no connection each process counts on its own.
  app.addHook('onReady', async () => void redis.connect().catch(() => {}));
  app.addHook('onClose', async () => redis.disconnect());
}

const connectTimeoutMs = 1000;

/** Fails at once instead of queueing: a request does not wait to be counted. */
function limitsClient({ cache }: Config, log: Logger): Redis {
  const redis = new Redis(cache.url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: cache.commandTimeoutMs,
    connectTimeout: connectTimeoutMs,
    retryStrategy: (attempt) => Math.min(attempt * 50, 1000),
  });
  redis.on('error', (err) => log.debug({ err }, 'the connection to Redis for rate limits failed'));
  return redis;
}

/** For a service that is reached by nobody but those who may do everything. */
const everybody: Caller = { keyId: 'none', may: () => true };

function letEverybodyIn(app: FastifyInstance): void {
  app.decorateRequest('caller', null);
  app.addHook('onRequest', async (request: FastifyRequest) => {
    request.caller = everybody;
  });
}
