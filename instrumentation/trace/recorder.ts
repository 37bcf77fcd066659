import type { Attributes, AttributeValue, Context, SpanContext, SpanKind } from '@opentelemetry/api';

/** What our own hooks need of a span: cheaper than the API's, which this one implements too. */
export interface OpenSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  readonly startMs: number;
  name: string;
  /** Sets an attribute that is not set yet; the API's `setAttribute` replaces. */
  put(key: string, value: AttributeValue): void;
  /** Records the error: status, `error.type`, and an exception event. */
  fail(error: unknown): void;
  /** Ends it now. Returns its duration in milliseconds. */
  finish(): number;
  spanContext(): SpanContext;
}

export interface Recorder {
  /** Starts a span below the one in `context`, which is the active context unless given. */
  start(name: string, kind: SpanKind, context?: Context): OpenSpan;
  active(): Context;
  /** Runs `run` with `context` active. */
  with<T>(context: Context, run: () => T): T;
}

export type { Attributes };
