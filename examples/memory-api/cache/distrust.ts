/**
 * Whether Redis is believed what it kept. While it was away for this process others may have written, and could not tell it
 * either; once it is back they get `pauseMs` to do so before it is read again.
 */
export class Distrust {
  readonly #pauseMs: number;
  #isAway = false;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  /** Redis cannot be reached. */
  away(): void {
    this.#isAway = true;
  }

  /** Redis has done what it was asked for. */
  back(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#untilMs = performance.now() + this.#pauseMs;
  }

  get holds(): boolean {
    return this.#isAway || performance.now() < this.#untilMs;
  }
}
