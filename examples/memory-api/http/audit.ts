import type { FastifyRequest } from 'fastify';
import { type AuditEvent, channels, tell } from '../events.ts';
import { addressOf } from './address.ts';
import { subjectsOf, toolCallOf } from './caller.ts';
import { Tally } from './tally.ts';
import { uuid } from './validators.ts';

/** Somebody who is not let in may call a user whatever they like. */
const longestUserId = 128;

/** Refusals of one client by a rate limit are one line in this time; the channel has them all. */
const quietMs = 10_000;

/** A name as tools have it: what else stands there is nobody's. */
const toolName = /^\w{1,64}$/;

/** The audit log: lines of the request with `audit: true`, and the same on the channel `memory-api:audit`. */
export class AuditLog {
  readonly #refused = new Tally({ times: 1, windowMs: quietMs });

  tell(request: FastifyRequest, what: Pick<AuditEvent, 'event' | 'outcome' | 'reason'>): void {
    const event = describe(request, what);
    tell(channels.audit, () => event);
    if (event.event === 'rate_limit_exceeded' && !this.#refused.reached(subjectOf(event))) return;
    const line = { audit: true, ...event };
    if (event.outcome === 'allowed') request.log.info(line, event.event);
    else request.log.warn(line, event.event);
  }
}

function describe(
  request: FastifyRequest,
  what: Pick<AuditEvent, 'event' | 'outcome' | 'reason'>,
): AuditEvent {
  const { caller } = request;
  const userId = caller?.userId ?? request.owner ?? subjectsOf(request)[0]?.slice(0, longestUserId);
  const call = toolCallOf(request);
  // The `id` of a JSON-RPC message is that of the message.
  const { id } = call ? call.given : { ...Object(request.body), ...Object(request.params) };
  return {
    ...what,
    ...(userId && { user_id: userId }),
    ...(isText(id, uuid) && { memory_id: id.toLowerCase() }),
    ...(caller && { key_id: caller.keyId }),
    address: addressOf(request.ip),
    route: `${request.method} ${request.routeOptions.url ?? 'unknown'}`,
    ...(isText(call?.name, toolName) && { tool: call.name }),
  };
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function subjectOf({ address, key_id, user_id }: AuditEvent): string {
  return JSON.stringify([address, key_id, user_id]);
}
