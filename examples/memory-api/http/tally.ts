import { LRUCache } from 'lru-cache';

export interface Threshold {
  times: number;
  windowMs: number;
}

/** More subjects than this are not told apart: the ones seen longest ago are forgotten. */
const mostSubjects = 10_000;

/** Counts by subject and says when there were too many in a window, once per window. */
export class Tally {
  readonly #counts: LRUCache<string, number>;
  readonly #times: number;

  constructor({ times, windowMs }: Threshold, nowMs: () => number = () => performance.now()) {
    this.#times = times;
    this.#counts = new LRUCache({
      max: mostSubjects,
      ttl: windowMs,
      noUpdateTTL: true,
      ttlResolution: 0,
      perf: { now: nowMs },
    });
  }

  /** Whether this was the one that made it too many. */
  reached(subject: string): boolean {
    const count = (this.#counts.get(subject) ?? 0) + 1;
    this.#counts.set(subject, count);
    return count === this.#times;
  }
}
