import type { AttributeValue, Context, Span, SpanContext, SpanKind } from '@opentelemetry/api';
import type { AttributeBlock } from '../wire/attribute-block.ts';

/** What our own hooks need of a span, beside what the API's has. */
export interface OpenSpan extends Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Whether it is recorded and sent; one that is not still carries the ids. */
  readonly sampled: boolean;
  /** Epoch milliseconds, with a fraction. */
  readonly startMs: number;
  name: string;
  /** Sets an attribute that is not set yet; the API's `setAttribute` replaces. */
  put(key: string, value: AttributeValue): void;
  /** Sets attributes that many spans share; at most once for a span. */
  share(block: AttributeBlock): void;
  /** Ends with an error: status, `error.type` and an exception event. `type`: when the error does not tell it. */
  fail(error: unknown, type?: string): void;
  /** Ends it now. Returns its duration in milliseconds. */
  finish(): number;
  spanContext(): SpanContext;
}

export interface Recorder {
  /** Starts a span below the one in `context`, which is the active context unless given. */
  start(name: string, kind: SpanKind, context?: Context): OpenSpan;
  /** Starts a span below `parent`, which may be a caller's. */
  startBelow(name: string, kind: SpanKind, parent: SpanContext | undefined): OpenSpan;
  active(): Context;
  /** Runs `run` with `context` active. */
  with<T>(context: Context, run: () => T): T;
}
