import { NetworkError } from '../errors.ts';
import { Breaker, type BreakerOptions, type BreakerState, type Transition } from './breaker.ts';
import { Deadline } from './deadline.ts';
import { Retry, type RetryOptions } from './retry.ts';

export interface GuardOptions {
  /** Longest time for a call with all its tries and pauses, when whoever asks has not less. */
  deadlineMs: number;
  /** Longest time for one try. */
  tryTimeoutMs: number;
  retry: RetryOptions;
  breaker: BreakerOptions;
}

export const defaultGuardOptions: GuardOptions = {
  deadlineMs: 10_000,
  tryTimeoutMs: 5000,
  retry: {
    attempts: 3,
    basePauseMs: 1000,
    factor: 2,
    longestPauseMs: 60_000,
    budget: { share: 0.2, savings: 10 },
  },
  breaker: { enabled: true, failures: 5, resetMs: 60_000 },
};

/**
 * Of the guard's own time. Who has less left than that, and sees it end, has found out how little was left, and not how
 * the dependency is.
 */
const leastShare = 0.1;

/** How a call went. */
export interface CallDone {
  dependency: string;
  outcome: 'ok' | 'error';
  /** 0 when the breaker was open; `ok` with more than 1 is one that was recovered. */
  tries: number;
  durationMs: number;
  error?: unknown;
}

/** What is told while calls are made. */
export interface GuardListener {
  onTransition?(change: Transition): void;
  onDone?(call: CallDone): void;
}

/**
 * The calls to one dependency, which may be slow, wrong or gone:
 *
 * ```
 * deadline ▶ breaker ▶ retry, within its budget ▶ one try, with its timeout
 * ```
 *
 * The breaker stands outside and counts a call once, with all its tries. Counting tries, a dependency that fails one
 * in five, which retries mend, would open it by chance at every 3,900th try or so (five in a row: 1 / 0.2 ** 5 / 0.8),
 * which is every 13 s at 300 calls/s. Once it is not closed, no retry is sent any more.
 */
export class CallGuard {
  readonly #dependency: string;
  readonly #options: GuardOptions;
  readonly #listener: GuardListener;
  readonly #breaker: Breaker;
  readonly #retry: Retry;

  constructor(dependency: string, options: GuardOptions, listener: GuardListener = {}) {
    this.#dependency = dependency;
    this.#options = options;
    this.#listener = listener;
    this.#breaker = new Breaker(dependency, options.breaker, listener);
    this.#retry = new Retry(options.retry);
  }

  get state(): BreakerState {
    return this.#breaker.state;
  }

  /**
   * Runs `work`, which may be run several times and should end when its signal is aborted; if it does not, nobody
   * waits for it. `within`: the time of whoever asks.
   *
   * @throws CircuitBreakerOpenError when the dependency is left alone; NetworkError with the code DEADLINE_EXCEEDED or
   *   DEPENDENCY_TIMEOUT; the reason of `within` when whoever asked went away; else what `work` throws
   */
  async run<T>(work: (signal: AbortSignal) => Promise<T>, within?: Deadline): Promise<T> {
    const startedAtMs = performance.now();
    let tries = 0;
    const oneTry = (deadline: Deadline) => {
      tries += 1;
      return this.#try(work, deadline);
    };
    const tell = (outcome: CallDone['outcome'], error?: unknown) => {
      const durationMs = performance.now() - startedAtMs;
      this.#listener.onDone?.({
        dependency: this.#dependency,
        outcome,
        tries,
        durationMs,
        ...(outcome === 'error' && { error }),
      });
    };
    try {
      const result = await this.#call(oneTry, within);
      tell('ok');
      return result;
    } catch (error) {
      tell('error', error);
      throw error;
    }
  }

  async #call<T>(oneTry: (deadline: Deadline) => Promise<T>, within: Deadline | undefined): Promise<T> {
    // Who has no time left learns nothing of the dependency, so the breaker does not hear of it.
    within?.throwIfOver(this.#dependency);
    const deadlineMs = Math.min(this.#options.deadlineMs, within?.remainingMs() ?? Number.POSITIVE_INFINITY);
    using deadline = new Deadline(deadlineMs, within?.signal);
    const isHasty = deadlineMs < this.#options.deadlineMs * leastShare;
    const worthwhile = () => ['closed', 'disabled'].includes(this.#breaker.state);
    return await this.#breaker.run(
      () =>
        deadline.race(this.#dependency, () => this.#retry.run(() => oneTry(deadline), deadline, worthwhile)),
      () => isHasty && deadline.signal.aborted,
    );
  }

  async #try<T>(work: (signal: AbortSignal) => Promise<T>, deadline: Deadline): Promise<T> {
    using limit = new Deadline(this.#options.tryTimeoutMs, deadline.signal);
    try {
      return await limit.race(this.#dependency, () => work(limit.signal));
    } catch (cause) {
      if (limit.signal.aborted && !deadline.signal.aborted)
        throw new NetworkError(this.#dependency, { code: 'DEPENDENCY_TIMEOUT', cause });
      throw cause;
    }
  }
}
