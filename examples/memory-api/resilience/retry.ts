import { setTimeout as wait } from 'node:timers/promises';
import { DelegateBackoff, handleWhen, type IRetryBackoffContext, retry } from 'cockatiel';
import type { Deadline } from './deadline.ts';
import { RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
import { isRetryable, retryAfterMsOf } from './retryable.ts';

export interface RetryOptions {
  /** With the first one; 1 never tries again. */
  attempts: number;
  /** The most that the first pause may be; each next one may be `factor` times as long. Half of each is left to chance. */
  basePauseMs: number;
  factor: number;
  longestPauseMs: number;
  budget: RetryBudgetOptions;
}

/** Of the world outside, what a test replaces. */
export interface RetryHost {
  /** Resolves when so much time is over. @throws when the signal is aborted before */
  wait(pauseMs: number, signal: AbortSignal): Promise<void>;
  /** From 0 to below 1, as Math.random. */
  random(): number;
}

const realHost: RetryHost = {
  wait: (pauseMs, signal) => wait(pauseMs, undefined, { signal }),
  random: Math.random,
};

/** Tries again what may be tried again, after a pause with jitter, while budget and deadline allow it. */
export class Retry {
  readonly #options: RetryOptions;
  readonly #host: RetryHost;
  readonly #budget: RetryBudget;

  constructor(options: RetryOptions, host = realHost) {
    this.#options = options;
    this.#host = host;
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
      maxAttempts: this.#options.attempts - 1,
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
    let pauseMs = 0;
    let last: unknown;
    return {
      /** Chooses the pause. @throws the last error when there shall be no retry, which is how cockatiel is told */
      next: ({ attempt, result }: IRetryBackoffContext<unknown>): 0 => {
        last = 'error' in result ? result.error : undefined;
        pauseMs = Math.max(this.#pauseMs(attempt), retryAfterMsOf(last));
        if (pauseMs >= deadline.remainingMs() || !worthwhile() || !this.#budget.take()) throw last;
        return 0;
      },
      pause: async (): Promise<void> => {
        await this.#host.wait(pauseMs, deadline.signal);
        // Whoever handles it asks `next`, which says no as well.
        if (!worthwhile()) throw last;
      },
    };
  }

  /**
   * Before the n-th retry. Not cockatiel's own: of those with jitter one grows by 1.2 first and by 2 only later, and the
   * others know no factor.
   */
  #pauseMs(n: number): number {
    const { basePauseMs, factor, longestPauseMs } = this.#options;
    const mostMs = Math.min(longestPauseMs, basePauseMs * factor ** (n - 1));
    return mostMs * (0.5 + this.#host.random() / 2);
  }
}
