import type {
  Context,
  Span,
  SpanContext,
  SpanKind,
  SpanOptions,
  Tracer,
  TracerOptions,
  TracerProvider,
} from '@opentelemetry/api';
import { api } from './api.ts';
import type { Clock } from './clock.ts';
import { Contexts, linked } from './contexts.ts';
import { Id, Ids } from './ids.ts';
import type { OpenSpan, Recorder } from './recorder.ts';
import type { Sampler } from './sampler.ts';
import { type Parent, RecordedSpan, type SpanHost, toMs } from './span.ts';

/** What makes spans: for our own hooks (`start`), and for everybody who uses OpenTelemetry's API (`getTracer`). */
export class Tracing implements Recorder, TracerProvider {
  readonly contexts = new Contexts(api.ROOT_CONTEXT);
  readonly #clock: Clock;
  readonly #host: SpanHost;
  readonly #tracers = new Map<string, Tracer>();

  constructor(options: {
    sampler: Sampler;
    clock: Clock;
    mostAttributes: number;
    /** Whether spans go anywhere. */
    isRecording: boolean;
    /** Called with each span that ends, sampled or not. */
    ended: (span: RecordedSpan) => void;
  }) {
    const { clock, ...shared } = options;
    this.#clock = clock;
    this.#host = { ...shared, ids: new Ids(), nowMs: () => clock.nowMs() };
  }

  active(): Context {
    return this.contexts.active();
  }

  with<T>(context: Context, run: () => T): T {
    return this.contexts.with(context, run);
  }

  start(name: string, kind: SpanKind, context: Context = this.contexts.active()): OpenSpan {
    return new RecordedSpan(name, kind, parentIn(context), this.#clock.nowMs(), '', this.#host);
  }

  startBelow(name: string, kind: SpanKind, parent: SpanContext | undefined): OpenSpan {
    return new RecordedSpan(name, kind, parent && toParent(parent), this.#clock.nowMs(), '', this.#host);
  }

  getTracer(name: string, version = '', _options?: TracerOptions): Tracer {
    const scope = `${name || 'unknown'}@${version}`;
    let tracer = this.#tracers.get(scope);
    if (!tracer) {
      tracer = this.#tracer(scope);
      if (this.#tracers.size < 1000) this.#tracers.set(scope, tracer);
    }
    return tracer;
  }

  #tracer(scope: string): Tracer {
    const startSpan = (name: string, options: SpanOptions = {}, context = this.contexts.active()): Span => {
      const parent = options.root ? undefined : parentIn(context);
      const startMs = options.startTime === undefined ? this.#clock.nowMs() : toMs(options.startTime);
      const kind = options.kind ?? api.SpanKind.INTERNAL;
      const span = new RecordedSpan(String(name), kind, parent, startMs, scope, this.#host);
      if (options.attributes) span.setAttributes(options.attributes);
      if (options.links) span.addLinks(options.links);
      return span;
    };
    return {
      startSpan,
      startActiveSpan: (name: string, ...rest: unknown[]): never => {
        const run = rest.pop() as (span: Span) => never;
        const [options, given] = rest as [SpanOptions?, Context?];
        const context = given ?? this.contexts.active();
        const span = startSpan(name, options, context);
        return this.contexts.with(linked(context, spanKey, span), run, undefined, span);
      },
    };
  }
}

/** The API's own key of the active span, which every copy of it shares. */
export const spanKey = Symbol.for('OpenTelemetry Context Key SPAN');

function parentIn(context: Context): Parent | undefined {
  const span = context.getValue(spanKey) as Span | undefined;
  if (span instanceof RecordedSpan || span === undefined) return span;
  const parent = span.spanContext();
  return /[^0]/.test(parent.traceId) ? toParent(parent) : undefined;
}

function toParent({ traceId, spanId, traceFlags, isRemote = false }: SpanContext): Parent {
  return { trace: Id.parse(traceId), id: Id.parse(spanId), isChosen: (traceFlags & 1) === 1, isRemote };
}
