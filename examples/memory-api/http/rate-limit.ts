import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import { RateLimitError } from '../errors.ts';
import { addressOf } from './address.ts';
import { subjectsOf } from './caller.ts';
import type { Limit, Taken } from './limit.ts';

export interface RateLimitOptions {
  perAddress: Limit;
  perUser: Limit;
  /** For services: they speak for many users from few addresses, so no address limit holds for them. */
  perService: Limit;
}

const limitRate: FastifyPluginAsync<RateLimitOptions> = async (app, options) => {
  const { perAddress, perUser, perService } = options;

  app.addHook('onRequest', async ({ caller, ip }, reply) => {
    if (!caller) return;
    const { keyId, userId } = caller;
    const taken =
      userId === undefined
        ? [perService.take(keyId)]
        : [perAddress.take(addressOf(ip)), perUser.take(userId)];
    enforce(reply, await Promise.all(taken));
  });

  /** Whom a service acts for stands in the body, so that user's limit comes later. */
  app.addHook('preHandler', async (request, reply) => {
    const [userId] = subjectsOf(request);
    if (!request.caller || request.caller.userId !== undefined || userId === undefined) return;
    enforce(reply, [await perUser.take(userId)]);
  });
};

/**
 * Limits requests by user, by address and by service, after `authentication`; open routes are not limited.
 * Every answer says how the limits stand (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/10/).
 *
 * Throws RateLimitError.
 */
export const rateLimit = fp(limitRate, { name: 'rate-limit', dependencies: ['authentication'] });

/** The error for who has to wait, with `Retry-After` on its answer. */
export function tooMany(reply: FastifyReply, retryAfterS: number): RateLimitError {
  reply.header('retry-after', retryAfterS);
  return new RateLimitError(retryAfterS);
}

function enforce(reply: FastifyReply, taken: readonly Taken[]): void {
  append(
    reply,
    'ratelimit-policy',
    taken.map(({ limit }) => `"${limit.name}";q=${limit.requests};w=${limit.windowS}`),
  );
  append(
    reply,
    'ratelimit',
    taken.map(({ limit, remaining, resetS }) => `"${limit.name}";r=${remaining};t=${resetS}`),
  );
  const refused = taken.filter(({ allowed }) => !allowed);
  if (refused.length > 0) throw tooMany(reply, Math.max(...refused.map(({ resetS }) => resetS)));
}

function append(reply: FastifyReply, name: string, items: readonly string[]): void {
  const before = reply.getHeader(name);
  reply.header(name, [...(before === undefined ? [] : [String(before)]), ...items].join(', '));
}
