/**
 * Whether Redis is believed what it kept. While it was away for this process others may have written, and could not tell it
 * either; once it is back they get `pauseMs` to do so before it is read again.
 */
export class Distrust {
  readonly #pauseMs: number;
  #isAway = false;
  #absences = 0;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  /** Redis cannot be reached. */
  away(): void {
    this.#isAway = true;
    this.#absences += 1;
  }

  /** How often it was away until now. */
  get absences(): number {
    return this.#absences;
  }

  /**
   * Redis has done what it was asked for when it had been away so often. An answer to what was asked before it was away
   * again says nothing: the pause would run out while nobody can reach it.
   */
  back(absences: number): void {
    if (!this.#isAway || absences !== this.#absences) return;
    this.#isAway = false;
    this.#untilMs = performance.now() + this.#pauseMs;
  }

  get holds(): boolean {
    return this.#isAway || performance.now() < this.#untilMs;
  }
}
