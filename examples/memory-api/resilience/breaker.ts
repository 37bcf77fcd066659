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

export type BreakerState = 'closed' | 'open' | 'half-open';

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

/** Leaves a dependency alone that failed too often in a row, then lets one call at a time find out how it is. */
export class Breaker {
  readonly #dependency: string;
  readonly #policy: CircuitBreakerPolicy | undefined;

  constructor(dependency: string, options: BreakerOptions, onTransition: (change: Transition) => void) {
    this.#dependency = dependency;
    if (!options.enabled) return;
    this.#policy = circuitBreaker(
      handleWhen((error) => this.#counts(error)),
      { halfOpenAfter: options.resetMs, breaker: new ConsecutiveBreaker(options.failures) },
    );
    let from: BreakerState = 'closed';
    this.#policy.onStateChange((state) => {
      const to = nameOf(state);
      onTransition({ dependency, from, to });
      from = to;
    });
  }

  get state(): BreakerState {
    return this.#policy ? nameOf(this.#policy.state) : 'closed';
  }

  /** @throws CircuitBreakerOpenError without running `call`; else what `call` throws */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (!this.#policy) return call();
    // cockatiel lets calls wait while one tries; nobody should wait for what is most likely still down.
    if (this.state === 'half-open') throw new CircuitBreakerOpenError(this.#dependency);
    try {
      return await this.#policy.execute(call);
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw new CircuitBreakerOpenError(this.#dependency);
      throw error;
    }
  }

  /** While half open, a call that says nothing of the dependency (given up by who asked) must not close it. */
  #counts(error: unknown): boolean {
    return isFailure(error) || (this.state === 'half-open' && !(error instanceof ServiceError));
  }
}

function nameOf(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed';
  return state === CircuitState.HalfOpen ? 'half-open' : 'open';
}
