import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import type { Logger } from 'pino';

export interface BreakerOptions {
  enabled: boolean;
  /** Failures in a row after which Redis is left alone. */
  failures: number;
  /** How long it is left alone before one command tries it again. */
  resetMs: number;
}

export type BreakerState = 'closed' | 'open' | 'half-open' | 'disabled';

export interface Guard {
  /** @throws BrokenCircuitError without running the command when Redis is not to be asked. */
  run<T>(command: () => Promise<T>): Promise<T>;
  state(): BreakerState;
}

const unguarded: Guard = { run: (command) => command(), state: () => 'disabled' };

export function createGuard({ enabled, failures, resetMs }: BreakerOptions, log: Logger): Guard {
  if (!enabled) return unguarded;
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: resetMs,
    breaker: new ConsecutiveBreaker(failures),
  });
  breaker.onBreak(() => log.warn({ breaker: 'open' }, 'Redis is left alone for a while'));
  breaker.onReset(() => log.info({ breaker: 'closed' }, 'Redis is used again'));
  return {
    // cockatiel lets calls wait while one probes; nobody should wait for a cache that is most likely still gone.
    run: (command) =>
      breaker.state === CircuitState.HalfOpen
        ? Promise.reject(new BrokenCircuitError())
        : breaker.execute(command),
    state: () => nameOf(breaker.state),
  };
}

function nameOf(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed';
  return state === CircuitState.HalfOpen ? 'half-open' : 'open';
}
