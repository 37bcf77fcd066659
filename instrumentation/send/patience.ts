/**
 * For how long a thread may still block. Waits are counted, and no clock is asked: while the whole machine stands still, who
 * is waited for does, too.
 */
export class Patience {
  readonly #never = new Int32Array(new SharedArrayBuffer(4));
  #leftMs: number;

  constructor(forMs: number) {
    this.#leftMs = forMs;
  }

  get leftMs(): number {
    return this.#leftMs;
  }

  /** Blocks for `ms`, or what is left of them. False when nothing is left. */
  wait(ms: number): boolean {
    const forMs = Math.min(ms, this.#leftMs);
    if (forMs <= 0) return false;
    Atomics.wait(this.#never, 0, 0, forMs);
    this.#leftMs -= forMs;
    return true;
  }
}
