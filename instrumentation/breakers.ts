import { basename, extname } from 'node:path';
import type { Counter, Meter, ObservableResult } from '@opentelemetry/api';
import { harmless } from './harmless.ts';

export type BreakerState = 'closed' | 'open' | 'half_open';

export interface Transition {
  readonly atMs: number;
  readonly breaker: string;
  readonly from: BreakerState;
  readonly to: BreakerState;
}

const states: readonly BreakerState[] = ['closed', 'open', 'half_open'];
/** A service that makes a breaker for each call would fill the memory and the metrics; later ones are not watched. */
const mostBreakers = 100;

/** The circuit breakers of the service: which there are, what state each is in, and when that changes. */
export class BreakerWatch {
  readonly #states = new Map<string, BreakerState>();
  #transitions: Counter | undefined;
  readonly #onTransition: (transition: Transition) => void;

  constructor(onTransition: (transition: Transition) => void) {
    this.#onTransition = harmless('telling of a breaker transition', onTransition);
  }

  /**
   * A breaker was made just now, by the caller of `maker`. It is named after the file of that caller: `cache` for
   * `src/cache.ts`, `cache#2` for a second one in it.
   */
  readonly add = harmless(
    'watching a circuit breaker',
    (
      maker: (...args: never[]) => unknown,
      state: BreakerState,
      listen: (onChange: (state: BreakerState) => void) => void,
    ) => {
      if (this.#states.size >= mostBreakers) return;
      const name = this.#nameOf(fileOfCaller(maker));
      this.#states.set(name, state);
      listen((next) => this.#change(name, next));
    },
  );

  /**
   * Reports through `meter`. `circuit_breaker.state` is a state set (1 for the state that a breaker is in, 0 for the
   * others) and observed in each interval, also without traffic: that it comes shows that the signal is alive.
   */
  report(meter: Meter): void {
    this.#transitions = meter.createCounter('circuit_breaker.transitions', { unit: '{transition}' });
    const gauge = meter.createObservableGauge('circuit_breaker.state', {
      description: '1 for the current state',
    });
    gauge.addCallback((result) => this.#observe(result));
  }

  #observe(result: ObservableResult): void {
    for (const [name, current] of this.#states) {
      for (const state of states) {
        const attributes = { 'circuit_breaker.name': name, 'circuit_breaker.state': state };
        result.observe(state === current ? 1 : 0, attributes);
      }
    }
  }

  #change(breaker: string, to: BreakerState): void {
    const atMs = Date.now();
    const from = this.#states.get(breaker) ?? 'closed';
    this.#states.set(breaker, to);
    this.#onTransition({ atMs, breaker, from, to });
    this.#transitions?.add(1, {
      'circuit_breaker.name': breaker,
      'circuit_breaker.from': from,
      'circuit_breaker.to': to,
    });
  }

  #nameOf(file: string): string {
    const base = basename(file, extname(file));
    let name = base;
    for (let count = 2; this.#states.has(name); count++) name = `${base}#${count}`;
    return name;
  }
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
