/** A smaller number (before March 1973) is taken for seconds. */
const earliestMs = 1e11;
/** What a Date can hold. */
const latestMs = 8.64e15;
const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:?\d\d)$/;

/** Times of lines as ISO 8601. The last second is remembered: making a date is half of what a line costs. */
export class IsoTimes {
  #second = Number.NaN;
  /** `2026-11-21T08:00:00.` */
  #text = '';

  /** As it was written, or from epoch milliseconds or seconds; `atMs` when it is no time. */
  read(written: unknown, atMs: number): string {
    if (typeof written === 'string' && isIso.test(written)) return written;
    if (typeof written !== 'number' || !(written > 0 && written < latestMs)) return this.#fromMs(atMs);
    return this.#fromMs(written < earliestMs ? written * 1000 : written);
  }

  #fromMs(ms: number): string {
    const whole = ms > 0 && ms < latestMs ? Math.floor(ms) : 0;
    const below = whole % 1000;
    if (whole - below !== this.#second) {
      this.#second = whole - below;
      this.#text = new Date(whole).toISOString().slice(0, -4);
    }
    return `${this.#text}${below < 10 ? '00' : below < 100 ? '0' : ''}${below}Z`;
  }
}
