export interface RetryBudgetOptions {
  /** How many retries each call pays for, 0..1. */
  share: number;
  /** Retries that may be saved up, and that there are at the start. */
  savings: number;
}

/**
 * Keeps retries from multiplying the load on a dependency that is down: every call pays in `share` of a retry, a retry
 * takes out a whole one. The share is that of Finagle's RetryBudget
 * (https://finagle.github.io/blog/2016/02/08/retry-budgets/). As in the standard mode of the AWS SDKs
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html), a retry that succeeds gives back what
 * it took: it did not load a dependency for nothing. So n calls make at most `share * n + savings` retries that fail.
 */
export class RetryBudget {
  readonly #options: RetryBudgetOptions;
  #retries: number;

  constructor(options: RetryBudgetOptions) {
    this.#options = options;
    this.#retries = options.savings;
  }

  payIn(): void {
    this.#add(this.#options.share);
  }

  /** Whether there was a retry to take. */
  take(): boolean {
    if (this.#retries < 1) return false;
    this.#retries -= 1;
    return true;
  }

  giveBack(): void {
    this.#add(1);
  }

  #add(retries: number): void {
    this.#retries = Math.min(this.#options.savings, this.#retries + retries);
  }
}
