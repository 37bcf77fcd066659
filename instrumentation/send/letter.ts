import type { LokiDestination, OtlpDestination } from '../settings/settings.ts';

/** What the sender's thread is started with (`workerData`). Plain data. */
export interface SenderSettings {
  readonly memory: SharedArrayBuffer;
  readonly slots: number;
  readonly service: string;
  readonly version: string;
  /** The encoded `Resource` message. */
  readonly resource: Uint8Array;
  readonly traces: OtlpDestination | undefined;
  readonly metrics: OtlpDestination | undefined;
  readonly logs: OtlpDestination | undefined;
  readonly loki: LokiDestination | undefined;
  readonly maskedFields: readonly string[];
  readonly allowedFields: readonly string[];
  /** `usualPace` when left out. */
  readonly pace?: Pace;
}

/** How the sender times what it does. */
export interface Pace {
  /** Before the first retry; doubled from failure to failure, up to `longestPauseMs`. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** The most that a `Retry-After` is obeyed. */
  readonly longestRetryAfterMs: number;
  /** How long the rest of an answer is waited for once its status is known. */
  readonly restOfAnswerMs: number;
}

export const usualPace: Pace = {
  firstPauseMs: 1000,
  longestPauseMs: 10_000,
  longestRetryAfterMs: 30_000,
  restOfAnswerMs: 1000,
};

/** To the sender: slots were sealed; or: send everything you can within `forMs`, then `shelf.tellFlushed(number)`. */
export type Letter =
  | { readonly kind: 'sealed' }
  | { readonly kind: 'flush'; readonly number: number; readonly forMs: number };

/** From the sender: something that the owner of the service should read once, on stderr. */
export interface Notice {
  readonly kind: 'notice';
  readonly text: string;
}

/** From the sender: flush `number` is done, for those who do not block. */
export interface Flushed {
  readonly kind: 'flushed';
  readonly number: number;
}

/*
 * What stands in a slot:
 *   traces, metrics  [u16 little-endian: length of the scope][encoded InstrumentationScope][encoded `spans` or `metrics`
 *                    fields of ScopeSpans or ScopeMetrics (field 2), tags included, one after the other]
 *   logs             lines one after the other, each [u32 little-endian: bytes of text][f64 little-endian: epoch
 *                    milliseconds][the text, UTF-8: a JSON object, see logs/lines.ts]
 */
