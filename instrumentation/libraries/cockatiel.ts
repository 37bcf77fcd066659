import { harmless } from '../harmless.ts';
import type { Breaker, BreakerState, Breakers, Judge } from './breakers.ts';
import type { Watcher } from './watcher.ts';

type Run = (...args: unknown[]) => unknown;

/** What is used of cockatiel's CircuitBreakerPolicy, in versions 3 and 4. */
interface Policy {
  readonly state: number;
  execute(run: Run, ...rest: unknown[]): Promise<unknown>;
  onStateChange(listener: (state: number) => void): unknown;
}

interface PolicyFile {
  circuitBreaker(...args: unknown[]): Policy;
}

/** cockatiel's CircuitState: Closed, Open, HalfOpen, Isolated (held open by hand). */
const states: readonly BreakerState[] = ['closed', 'open', 'half_open', 'open'];

/** Breakers that the service makes with cockatiel's `circuitBreaker`. */
export function cockatiel(breakers: Breakers): Watcher {
  return {
    library: 'cockatiel',
    start: (tools) => breakers.start(tools),
    files: [
      {
        path: /^dist\/Policy\.js$/,
        bindings: ['circuitBreaker'],
        patch: (exported: PolicyFile) => patch(exported, breakers),
      },
    ],
  };
}

function patch(exported: PolicyFile, breakers: Breakers): void {
  const make = exported.circuitBreaker;
  const watch = harmless('watching a circuit breaker', (policy: Policy) => {
    const breaker = breakers.add(stateOf(policy.state), circuitBreaker);
    if (!breaker) return;
    policy.onStateChange((state) => breaker.change(stateOf(state)));
    policy.execute = watched(policy, breaker);
  });
  function circuitBreaker(this: unknown, ...args: unknown[]): Policy {
    const policy = make.apply(this, args);
    watch(policy);
    return policy;
  }
  exported.circuitBreaker = circuitBreaker;
}

/** A call that waits while the breaker is half open goes through `execute` once more, and is still one call. */
function watched(policy: Policy, breaker: Breaker): Policy['execute'] {
  const { execute } = policy;
  const counted = new WeakSet<Run>();
  return (run, ...rest) => {
    if (counted.has(run)) return execute.call(policy, run, ...rest);
    let ran = false;
    const once: Run = (...args) => {
      ran = true;
      return run(...args);
    };
    counted.add(once);
    const judge: Judge = (got, error) => {
      if (got === 'result') return 'success';
      if (!ran) return 'rejected';
      return isTimeout(error) ? 'timeout' : 'failure';
    };
    return breaker.watch(() => execute.call(policy, once, ...rest), judge);
  };
}

/** cockatiel's TaskCancelledError, which its timeout policy throws. */
function isTimeout(error: unknown): boolean {
  return Object(error).isTaskCancelledError === true;
}

function stateOf(state: number): BreakerState {
  return states[state] ?? 'closed';
}
