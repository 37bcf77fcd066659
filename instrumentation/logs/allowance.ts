/** So many a second. What was held back is counted and said with the next that passes. */
export class Allowance {
  readonly #most: number;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #taken = 0;
  #heldBack = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Undefined when this one is held back. */
  take(atMs: number): { readonly heldBack: number } | undefined {
    // A clock that was put back starts a new second too.
    if (atMs - this.#sinceMs >= 1000 || atMs < this.#sinceMs) {
      this.#sinceMs = atMs;
      this.#taken = 0;
    }
    if (this.#taken >= this.#most) {
      this.#heldBack += 1;
      return undefined;
    }
    this.#taken += 1;
    const heldBack = this.#heldBack;
    this.#heldBack = 0;
    return { heldBack };
  }
}
