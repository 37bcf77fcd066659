import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { BreakerState, BreakerWatch } from './breakers.ts';
import type { Packages } from './packages.ts';

/** What is used of cockatiel's CircuitBreakerPolicy. */
interface Policy {
  readonly state: number;
  onStateChange(listener: (state: number) => void): unknown;
}

type CircuitBreaker = (...args: unknown[]) => Policy;

/** cockatiel's CircuitState: Closed, Open, HalfOpen, Isolated (held open by hand). */
const states: readonly BreakerState[] = ['closed', 'open', 'half_open', 'open'];

/** Tells `breakers` of every breaker that the service makes with cockatiel's `circuitBreaker`. */
export function cockatielInstrumentation(packages: Packages, breakers: BreakerWatch): Instrumentation {
  const { InstrumentationBase, InstrumentationNodeModuleDefinition } = packages.base;
  return new (class extends InstrumentationBase {
    protected init() {
      return new InstrumentationNodeModuleDefinition('cockatiel', ['>=3 <5'], (exports) =>
        wrap(exports, breakers),
      );
    }
  })('@ordeal/preload/cockatiel', '0', {});
}

/** An imported module's exports can be set through the hook; those of `require(esm)` cannot and are copied. */
function wrap(exports: { circuitBreaker: CircuitBreaker }, breakers: BreakerWatch): object {
  const original = exports.circuitBreaker;
  const circuitBreaker: CircuitBreaker = function (this: unknown, ...args) {
    const policy = original.apply(this, args);
    breakers.add(circuitBreaker, stateOf(policy.state), (onChange) => {
      policy.onStateChange((state) => onChange(stateOf(state)));
    });
    return policy;
  };
  return Reflect.set(exports, 'circuitBreaker', circuitBreaker) ? exports : { ...exports, circuitBreaker };
}

function stateOf(state: number): BreakerState {
  return states[state] ?? 'closed';
}
