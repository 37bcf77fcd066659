import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { type AuditEvent, channels, tell } from '../events.ts';
import { addressOf } from './address.ts';
import { subjectsOf } from './caller.ts';
import { Tally } from './tally.ts';

/** Somebody who is not let in may call a user whatever they like. */
const longestUserId = 128;

/** Refusals of one client by a rate limit are one line in this time; the channel has them all. */
const quietMs = 10_000;

/** The audit log: lines with `audit: true`, and the same on the channel `memory-api:audit`. */
export class AuditLog {
  readonly #log: Logger;
  readonly #refused = new Tally({ times: 1, windowMs: quietMs });

  constructor(log: Logger) {
    this.#log = log.child({ audit: true });
  }

  tell(request: FastifyRequest, what: Pick<AuditEvent, 'event' | 'outcome' | 'reason'>): void {
    const event = describe(request, what);
    tell(channels.audit, () => event);
    if (event.event === 'rate_limit_exceeded' && !this.#refused.reached(subjectOf(event))) return;
    if (event.outcome === 'allowed') this.#log.info(event, event.event);
    else this.#log.warn(event, event.event);
  }
}

function describe(
  request: FastifyRequest,
  what: Pick<AuditEvent, 'event' | 'outcome' | 'reason'>,
): AuditEvent {
  const { caller } = request;
  const userId = caller?.userId ?? subjectsOf(request)[0]?.slice(0, longestUserId);
  return {
    ...what,
    ...(userId !== undefined && { user_id: userId }),
    ...(caller && { key_id: caller.keyId }),
    address: addressOf(request.ip),
    route: `${request.method} ${request.routeOptions.url ?? 'unknown'}`,
  };
}

function subjectOf({ address, key_id, user_id }: AuditEvent): string {
  return JSON.stringify([address, key_id, user_id]);
}
