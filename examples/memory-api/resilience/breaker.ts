import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel';
import { CircuitBreakerOpenError, ServiceError } from '../errors.ts';
import { isFailure } from './retryable.ts';

/** `disabled`: there is none, every call is made. */
export type BreakerState = 'closed' | 'open' | 'half-open' | 'disabled';

export interface BreakerOptions {
  /** `false`: every call is made, however many failed. */
  enabled: boolean;
  /** In a row, after which the dependency is left alone. */
  failures: number;
  /** How long it is left alone before one call tries it again. */
  resetMs: number;
}

export interface Transition {
  dependency: string;
  from: BreakerState;
  to: BreakerState;
}

/** What makes a breaker more than its numbers. */
export interface BreakerParts {
  onTransition?(change: Transition): void;
  /** Whether an error shows that the dependency is not well; left out, `isFailure` of retryable.ts. */
  isFailure?(error: unknown): boolean;
}

/** What a call threw that says nothing of the dependency as it is now. `isLate`: it began before the last change. */
class Unjudged {
  readonly error: unknown;
  readonly isLate: boolean;

  constructor(error: unknown, isLate: boolean) {
    this.error = error;
    this.isLate = isLate;
  }
}

/** Leaves a dependency alone that failed too often in a row, then lets one call at a time find out how it is. */
export class Breaker {
  readonly #dependency: string;
  readonly #isFailure: (error: unknown) => boolean;
  readonly #policy: CircuitBreakerPolicy | undefined;
  /** How often the state has changed. */
  #generation = 0;

  constructor(dependency: string, options: BreakerOptions, parts: BreakerParts = {}) {
    this.#dependency = dependency;
    this.#isFailure = parts.isFailure ?? isFailure;
    if (!options.enabled) return;
    this.#policy = circuitBreaker(
      handleWhen((error) => this.#counts(error)),
      { halfOpenAfter: options.resetMs, breaker: new ConsecutiveBreaker(options.failures) },
    );
    let from: BreakerState = 'closed';
    this.#policy.onStateChange((state) => {
      this.#generation += 1;
      const to = nameOf(state);
      parts.onTransition?.({ dependency, from, to });
      from = to;
    });
  }

  get state(): BreakerState {
    return this.#policy ? nameOf(this.#policy.state) : 'disabled';
  }

  /**
   * `saysNothing`: of what the call throws.
   *
   * @throws CircuitBreakerOpenError without running `call`; else what `call` throws
   */
  async run<T>(call: () => Promise<T>, saysNothing: (error: unknown) => boolean = () => false): Promise<T> {
    if (!this.#policy) return call();
    // cockatiel lets calls wait while one tries; nobody should wait for what is most likely still down.
    if (this.state === 'half-open') throw new CircuitBreakerOpenError(this.#dependency);
    try {
      return await this.#policy.execute(() => this.#judged(call, saysNothing));
    } catch (error) {
      if (error instanceof Unjudged) throw error.error;
      if (error instanceof BrokenCircuitError) throw new CircuitBreakerOpenError(this.#dependency);
      throw error;
    }
  }

  /** Without, a call that began before the breaker opened could end while another one tries, and open it again. */
  async #judged<T>(call: () => Promise<T>, saysNothing: (error: unknown) => boolean): Promise<T> {
    const generation = this.#generation;
    try {
      return await call();
    } catch (error) {
      const isLate = generation !== this.#generation;
      throw isLate || saysNothing(error) ? new Unjudged(error, isLate) : error;
    }
  }

  /** While half open, a call that says nothing of the dependency (given up by who asked) must not close it. */
  #counts(error: unknown): boolean {
    if (error instanceof Unjudged) return !error.isLate && this.state === 'half-open';
    return this.#isFailure(error) || (this.state === 'half-open' && !saysThatItWorks(error));
  }
}

/** The dependency answered, and it is the call that was at fault. */
function saysThatItWorks(error: unknown): boolean {
  return error instanceof ServiceError || Object(error).countsAsFailure === false;
}

function nameOf(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed';
  return state === CircuitState.HalfOpen ? 'half-open' : 'open';
}
