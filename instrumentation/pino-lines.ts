import { subscribe } from 'node:diagnostics_channel';
import type { Clock } from './clock.ts';
import { harmless } from './harmless.ts';
import type { Line } from './loki.ts';
import type { Identity } from './request-identity.ts';

export interface Origin {
  readonly service: string;
  readonly version: string;
}

/** What pino tells on its channel `pino_asJson`, of one line: the logger, the arguments of `asJson`, the line. */
interface Told {
  instance: { levels?: { labels: Record<number, string> } };
  arguments: [fields: object, message: unknown, level: number, time: string];
  result?: string;
}

/** The lines that the service writes through pino: what is added to them, and a copy of each for Loki. */
export class PinoLines {
  readonly #origin: Origin;
  readonly #identity: () => Identity | undefined;
  /** Objects that hold nothing but what a mixin made, so that changing them changes nothing of the service's. */
  readonly #ours = new WeakSet<object>();

  constructor(origin: Origin, identity: () => Identity | undefined) {
    this.#origin = origin;
    this.#identity = identity;
  }

  /** Fills the record that goes into a line written within a request; trace_id and span_id are there already. */
  addContext(record: Record<string, unknown>): void {
    const identity = this.#identity();
    if (identity) Object.assign(record, { request_id: identity.requestId, user_id: identity.userId });
    Object.assign(record, this.#origin);
    this.#ours.add(record);
  }

  /** Keeps what is added from appearing beside a binding of the same name: the service's own value stands. */
  keepBindings(): void {
    const onStart = harmless('adding context to a log line', (message) => {
      const {
        instance,
        arguments: [fields],
      } = message as Told;
      if (!this.#ours.has(fields)) return;
      const bindings = bindingsOf(instance);
      for (const name of ['service', 'version', 'request_id', 'user_id'] as const)
        if (bindings.includes(`,"${name}":`)) Reflect.deleteProperty(fields, name);
    });
    subscribe('tracing:pino_asJson:start', onStart);
  }

  ship(clock: Clock, add: (line: Line) => void): void {
    const onEnd = harmless('shipping a log line', (message) => {
      const told = message as Told;
      if (told.result) add(this.#shape(told, told.result, clock));
    });
    subscribe('tracing:pino_asJson:end', onEnd);
  }

  /** The line under the names of the log format, whatever names the service uses. */
  #shape({ instance, arguments: [, given, number] }: Told, result: string, clock: Clock): Line {
    const now = clock.now();
    const {
      time,
      timestamp,
      msg,
      message,
      level: _,
      ...fields
    } = JSON.parse(result) as Record<string, unknown>;
    const level = instance.levels?.labels[number] ?? String(number);
    const text = JSON.stringify({
      timestamp: toTimestamp(timestamp ?? time, now.atMs),
      level,
      message: message ?? msg ?? given ?? '',
      ...this.#origin,
      ...fields,
    });
    return { atNs: now.atNs, level, text };
  }
}

/** ISO 8601 with milliseconds, UTC: as the service wrote it, or from its epoch milliseconds. */
function toTimestamp(written: unknown, nowMs: number): string {
  if (typeof written === 'string') return written;
  return new Date(typeof written === 'number' ? written : nowMs).toISOString();
}

/** pino keeps the bindings of a (child) logger as JSON text under a symbol that is private to its copy. */
function bindingsOf(logger: object): string {
  const symbol = Object.getOwnPropertySymbols(logger).find(
    ({ description }) => description === 'pino.chindings',
  );
  return symbol ? String(Reflect.get(logger, symbol)) : '';
}
