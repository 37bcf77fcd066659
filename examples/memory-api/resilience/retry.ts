import { setTimeout as wait } from 'node:timers/promises';
import {
  DelegateBackoff,
  decorrelatedJitterGenerator,
  ExponentialBackoff,
  handleWhen,
  type IRetryBackoffContext,
  retry,
} from 'cockatiel';
import type { Deadline } from './deadline.ts';
import { RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
import { isRetryable, retryAfterMsOf } from './retryable.ts';

export interface RetryOptions {
  /** With the first one; 1 never tries again. */
  attempts: number;
  /** About the middle of what the first pause may be; each next one is about `factor` times as long. */
  basePauseMs: number;
  factor: number;
  longestPauseMs: number;
  budget: RetryBudgetOptions;
}

/** Tries again what may be tried again, after a pause with jitter, while budget and deadline allow it. */
export class Retry {
  readonly #retries: number;
  readonly #pauses: { next: ExponentialBackoff<unknown>['next'] };
  readonly #budget: RetryBudget;

  constructor(options: RetryOptions) {
    this.#retries = options.attempts - 1;
    this.#pauses = new ExponentialBackoff({
      generator: decorrelatedJitterGenerator,
      initialDelay: options.basePauseMs,
      exponent: options.factor,
      maxDelay: options.longestPauseMs,
    });
    this.#budget = new RetryBudget(options.budget);
  }

  /**
   * `worthwhile`: asked before each retry, the last time when it is about to be sent.
   *
   * @throws the last error of `work`, or the reason of the deadline's signal
   */
  run<T>(work: () => Promise<T>, deadline: Deadline, worthwhile: () => boolean = () => true): Promise<T> {
    this.#budget.payIn();
    const plan = this.#plan(deadline, worthwhile);
    const policy = retry(handleWhen(isRetryable), {
      maxAttempts: this.#retries,
      // cockatiel's own pause goes on after an abort, so it gets none, and the pause is made below.
      backoff: new DelegateBackoff((context) => plan.next(context)),
    });
    return policy.execute(async ({ attempt }) => {
      if (attempt === 0) return work();
      await plan.pause();
      const result = await work();
      this.#budget.giveBack();
      return result;
    });
  }

  #plan(deadline: Deadline, worthwhile: () => boolean) {
    let pauses = this.#pauses.next();
    let pauseMs = 0;
    let last: unknown;
    return {
      /** Chooses the pause. @throws the last error when there shall be no retry, which is how cockatiel is told */
      next: ({ attempt, result }: IRetryBackoffContext<unknown>): 0 => {
        last = 'error' in result ? result.error : undefined;
        if (attempt > 1) pauses = pauses.next(undefined);
        pauseMs = Math.max(pauses.duration, retryAfterMsOf(last));
        if (pauseMs >= deadline.remainingMs() || !worthwhile() || !this.#budget.take()) throw last;
        return 0;
      },
      pause: async (): Promise<void> => {
        await wait(pauseMs, undefined, { signal: deadline.signal });
        // Whoever handles it asks `next`, which says no as well.
        if (!worthwhile()) throw last;
      },
    };
  }
}
