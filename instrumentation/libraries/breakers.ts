import { basename, extname } from 'node:path';
import { harmless } from '../harmless.ts';
import { catalogue } from '../metrics/catalogue.ts';
import type { CounterSeries } from '../metrics/metric.ts';
import { api } from '../trace/api.ts';
import { wallClockMs } from '../trace/clock.ts';
import { linked } from '../trace/contexts.ts';
import type { OpenSpan } from '../trace/recorder.ts';
import { spanKey } from '../trace/tracing.ts';
import type { Tools } from './watcher.ts';

export type BreakerState = 'closed' | 'open' | 'half_open';

/** How a call through a breaker ended; `rejected`: the breaker did not let it through. */
export type Outcome = 'success' | 'failure' | 'rejected' | 'timeout';

/** What the library knows of the end of a call: whether the caller got a result or `error`. */
export type Judge = (got: 'result' | 'error', error?: unknown) => Outcome;

const states: readonly BreakerState[] = ['closed', 'open', 'half_open'];
/** A service that makes a breaker for each call would fill the memory and the metrics; later ones are not watched. */
const mostBreakers = 100;

/** The circuit breakers of the service, whatever library they are of: what state each is in, and when that changes. */
export class Breakers {
  readonly #breakers = new Map<string, Breaker>();
  #tools: Tools | undefined;

  /**
   * Reports through `tools`. The state is a set (1 for the state that a breaker is in, 0 for the others) and told each time
   * that metrics are read, also without traffic: that it comes shows that the signal is alive.
   */
  start(tools: Tools): void {
    if (this.#tools) return;
    this.#tools = tools;
    tools.metrics.observe(catalogue.breakerState, (tell) => {
      for (const { name, state: current } of this.#breakers.values())
        for (const state of states)
          tell(state === current ? 1 : 0, { 'circuit_breaker.name': name, 'circuit_breaker.state': state });
    });
  }

  /**
   * A breaker was made. It is named by `called`, or after the file of the caller of `maker`: `cache` for `src/cache.ts`; a
   * second one of that name is `cache#2`. Nothing when there are too many.
   */
  add(state: BreakerState, maker: (...args: never[]) => unknown, called?: string): Breaker | undefined {
    if (!this.#tools || this.#breakers.size >= mostBreakers) return undefined;
    const name = this.#unused(called || nameOf(fileOfCaller(maker)));
    const breaker = new Breaker(name, state, this.#tools);
    this.#breakers.set(name, breaker);
    return breaker;
  }

  /** It is out of use: its state is no longer told. */
  remove({ name }: Breaker): void {
    this.#breakers.delete(name);
  }

  #unused(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.#breakers.has(name); count++) name = `${wanted}#${count}`;
    return name;
  }
}

/** One breaker of the service. */
export class Breaker {
  readonly name: string;
  #state: BreakerState;
  readonly #tools: Tools;
  readonly #calls = new Map<Outcome, CounterSeries>();

  constructor(name: string, state: BreakerState, tools: Tools) {
    this.name = name;
    this.#state = state;
    this.#tools = tools;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Tells of the change with a metric, and at once with a line. */
  readonly change = harmless('telling of a breaker transition', (to: BreakerState) => {
    const from = this.#state;
    if (from === to) return;
    this.#state = to;
    const atMs = wallClockMs();
    this.#tools.lines.add(transitionLine(this.name, from, to, atMs), atMs);
    this.#tools.metrics
      .counter(catalogue.breakerTransitions)
      .series({
        'circuit_breaker.name': this.name,
        'circuit_breaker.from': from,
        'circuit_breaker.to': to,
      })
      .add(1);
  });

  /**
   * Runs `call`, which is a call through the breaker, in a span of its own where something is traced at all, and counts it.
   * What the caller gets rejects as the call does, and is unhandled if the caller does not handle it.
   */
  watch<T>(call: () => T, judge: Judge): T {
    const span = this.#begin();
    try {
      const result = span ? this.#inside(span, call) : call();
      if (result instanceof Promise) return this.#settle(result, span, judge) as T;
      this.#end(span, judge('result'), undefined);
      return result;
    } catch (error) {
      this.#end(span, judge('error', error), error);
      throw error;
    }
  }

  #settle(result: Promise<unknown>, span: OpenSpan | undefined, judge: Judge): Promise<unknown> {
    return result.then(
      (value) => {
        this.#end(span, judge('result'), undefined);
        return value;
      },
      (error) => {
        this.#end(span, judge('error', error), error);
        throw error;
      },
    );
  }

  /** What nobody waits for is counted, but is no trace of its own. */
  #begin(): OpenSpan | undefined {
    const { recorder } = this.#tools;
    const active = recorder.active();
    if (!active.getValue(spanKey)) return undefined;
    const span = recorder.start(`circuit_breaker ${this.name}`, api.SpanKind.INTERNAL, active);
    if (!span.sampled) return span;
    span.put('circuit_breaker.name', this.name);
    span.put('circuit_breaker.state', this.#state);
    return span;
  }

  #inside<T>(span: OpenSpan, call: () => T): T {
    const { recorder } = this.#tools;
    return recorder.with(linked(recorder.active(), spanKey, span), call);
  }

  readonly #end = harmless(
    'telling of a call through a breaker',
    (span: OpenSpan | undefined, outcome: Outcome, error: unknown) => {
      this.#seriesOf(outcome).add(1);
      if (span?.sampled) describe(span, outcome, error);
      span?.finish();
    },
  );

  #seriesOf(outcome: Outcome): CounterSeries {
    let series = this.#calls.get(outcome);
    if (!series) {
      const attributes = { 'circuit_breaker.name': this.name, outcome };
      series = this.#tools.metrics.counter(catalogue.breakerCalls).series(attributes);
      this.#calls.set(outcome, series);
    }
    return series;
  }
}

/** Without an event: what failed inside has recorded the error where it happened. */
function describe(span: OpenSpan, outcome: Outcome, error: unknown): void {
  span.put('outcome', outcome);
  if (outcome === 'success') return;
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  span.put('error.type', outcome === 'failure' ? String(code ?? name ?? '_OTHER') : outcome);
  span.setStatus({ code: api.SpanStatusCode.ERROR });
}

/** In the same stream as the service's own lines. */
function transitionLine(name: string, from: BreakerState, to: BreakerState, atMs: number): string {
  return JSON.stringify({
    timestamp: new Date(atMs).toISOString(),
    level: 'warn',
    message: `circuit breaker ${name}: ${from} -> ${to}`,
    event: 'circuit_breaker.transition',
    'circuit_breaker.name': name,
    'circuit_breaker.state': to,
    'circuit_breaker.previous_state': from,
  });
}

function nameOf(file: string): string {
  return basename(file, extname(file));
}

/** Path or URL of the file that called `callee`. */
function fileOfCaller(callee: (...args: never[]) => unknown): string {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_, sites) => sites[0]?.getFileName();
    const at: { stack?: unknown } = {};
    Error.captureStackTrace(at, callee);
    return typeof at.stack === 'string' ? at.stack : 'unknown';
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  }
}
