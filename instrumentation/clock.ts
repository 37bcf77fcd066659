export interface Moment {
  readonly atMs: number;
  /** Unix time in nanoseconds, as text because it exceeds 2^53. */
  readonly atNs: string;
}

/** Wall clock whose nanoseconds also keep the order of what happens within one millisecond. */
export class Clock {
  #lastMs = 0;
  #sequence = 0;

  now(atMs = Date.now()): Moment {
    this.#sequence = atMs === this.#lastMs ? Math.min(this.#sequence + 1, 999_999) : 0;
    this.#lastMs = atMs;
    return { atMs, atNs: `${atMs}${String(this.#sequence).padStart(6, '0')}` };
  }
}
