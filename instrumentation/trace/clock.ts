/** The wall clock as it was when the process started: what is recorded keeps its time when `Date` is put wrong. */
export const wallClockMs: () => number = Date.now;

/** A step of the wall clock beyond this is followed. */
const tolerableMs = 20;

/** Epoch milliseconds with a fraction: as fine as `performance.now()`, and never far from the wall clock. */
export class Clock {
  #originMs = performance.timeOrigin;

  nowMs(): number {
    return this.#originMs + performance.now();
  }

  /** Follows a wall clock that was set; call it now and then. */
  adjust(): void {
    const aheadMs = wallClockMs() - this.nowMs();
    if (Math.abs(aheadMs) > tolerableMs) this.#originMs += aheadMs;
  }
}
