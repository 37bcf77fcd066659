import type { LokiDestination, OtlpDestination } from '../settings/settings.ts';

/** What the sender, and the thread of its last try (as `workerData`), are started with. Plain data. */
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
  /** How long the other side may be silent while it is connected to, or while it is written to. */
  readonly stallMs: number;
}

export const usualPace: Pace = {
  firstPauseMs: 1000,
  longestPauseMs: 10_000,
  longestRetryAfterMs: 30_000,
  restOfAnswerMs: 1000,
  stallMs: 1000,
};

/** What was begun with. Destinations are named by their number. */
export interface Handover {
  readonly slots: readonly {
    readonly slot: number;
    /** Of its items, by the destinations that are done. */
    readonly lost: number;
    /** Which are not done with it. */
    readonly destinations: readonly number[];
  }[];
  /** Destinations that did not take what was tried last, or were not tried while others on the same host did not. */
  readonly failing: readonly number[];
}

export const nothingBegun: Handover = { slots: [], failing: [] };

/**
 * To the thread of the last try: go on with this, try everything once, then `shelf.tellFlushed(number)`; or, without a
 * handover, look.
 */
export interface Letter {
  readonly number: number;
  readonly handover?: Handover;
}

/*
 * What stands in a slot:
 *   traces, metrics  [u16 little-endian: length of the scope][encoded InstrumentationScope][encoded `spans` or `metrics`
 *                    fields of ScopeSpans or ScopeMetrics (field 2), tags included, one after the other]
 *   logs             lines one after the other, each [u32 little-endian: bytes of text][f64 little-endian: epoch
 *                    milliseconds][the text, UTF-8: a JSON object, see logs/lines.ts]
 */
