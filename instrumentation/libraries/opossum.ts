import type { EventEmitter } from 'node:events';
import { harmless } from '../harmless.ts';
import { linked } from '../trace/contexts.ts';
import type { Breaker, BreakerState, Breakers, Outcome } from './breakers.ts';
import type { Tools, Watcher } from './watcher.ts';

/** What is used of opossum's CircuitBreaker, in versions 8 to 10. */
interface Circuit extends EventEmitter {
  readonly options: { name?: unknown };
  readonly action: { name?: string };
  call(self: unknown, ...args: unknown[]): Promise<unknown>;
}

type CircuitClass = (new (...args: never[]) => Circuit) & { prototype: Circuit };

/** What became of one call, as far as the events in its course tell. */
interface Course {
  outcome?: Outcome;
}

const courseKey = Symbol('course of a call');

const stateAfter: Readonly<Record<string, BreakerState>> = {
  open: 'open',
  halfOpen: 'half_open',
  close: 'closed',
};

/** A timeout is told as a failure too, right after it: what was told first counts. */
const outcomeOf: Readonly<Record<string, Outcome>> = {
  reject: 'rejected',
  semaphoreLocked: 'rejected',
  timeout: 'timeout',
  failure: 'failure',
};

/** Breakers that the service makes with `new CircuitBreaker`, named by their option `name`, their function, or their file. */
export function opossum(breakers: Breakers): Watcher {
  return {
    library: 'opossum',
    start: (tools) => breakers.start(tools),
    files: [
      {
        path: /^lib\/circuit\.js$/,
        patch: (exported: CircuitClass, tools) => new Circuits(exported, breakers, tools).patch(),
      },
    ],
  };
}

class Circuits {
  readonly #class: CircuitClass;
  readonly #breakers: Breakers;
  readonly #tools: Tools;
  readonly #known = new WeakMap<Circuit, Breaker>();

  constructor(circuits: CircuitClass, breakers: Breakers, tools: Tools) {
    this.#class = circuits;
    this.#breakers = breakers;
    this.#tools = tools;
  }

  /**
   * The prototype alone is patched, so that the class stays the one that the service compares with and extends. A circuit listens
   * to itself in its constructor: the first `on` of an instance is its making.
   */
  patch(): void {
    const { prototype } = this.#class;
    const { on, emit, call } = prototype;
    const seen = new WeakSet<Circuit>();
    const made = harmless('watching a circuit breaker', (circuit: Circuit) => this.#add(circuit));
    const told = harmless('following a circuit breaker', (circuit: Circuit, event: unknown) =>
      this.#follow(circuit, String(event)),
    );
    const circuits = this;
    prototype.on = function (this: Circuit, ...args) {
      if (!seen.has(this)) {
        seen.add(this);
        made(this);
      }
      return on.apply(this, args);
    };
    prototype.emit = function (this: Circuit, ...args) {
      told(this, args[0]);
      return emit.apply(this, args);
    };
    prototype.call = function (this: Circuit, ...args) {
      const breaker = circuits.#known.get(this);
      return breaker ? circuits.#watch(breaker, () => call.apply(this, args)) : call.apply(this, args);
    };
  }

  #add(circuit: Circuit): void {
    const called = circuit.options.name || circuit.action.name;
    const breaker = this.#breakers.add('closed', this.#class as never, called ? String(called) : undefined);
    if (breaker) this.#known.set(circuit, breaker);
  }

  #follow(circuit: Circuit, event: string): void {
    const breaker = this.#known.get(circuit);
    if (!breaker) return;
    const state = stateAfter[event];
    if (state) breaker.change(state);
    else if (event === 'shutdown') this.#breakers.remove(breaker);
    else if (outcomeOf[event]) this.#course().outcome ??= outcomeOf[event];
  }

  /** Of the call in whose course this runs: the context goes along with it. */
  #course(): Course {
    return (this.#tools.recorder.active().getValue(courseKey) as Course | undefined) ?? {};
  }

  /** With a fallback the caller gets a result though the call failed; the events tell. */
  #watch(breaker: Breaker, call: () => Promise<unknown>): Promise<unknown> {
    const { recorder } = this.#tools;
    const course: Course = {};
    return breaker.watch(
      () => recorder.with(linked(recorder.active(), courseKey, course), call),
      (got) => course.outcome ?? (got === 'result' ? 'success' : 'failure'),
    );
  }
}
