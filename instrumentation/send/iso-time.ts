/** A smaller number (before March 1973) is taken for seconds. */
const earliestMs = 1e11;
/** What a Date can hold. */
const latestMs = 8.64e15;
const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:?\d\d)$/;

/** The time that a line tells, as ISO 8601: as it was written, or from epoch milliseconds or seconds; else `atMs`. */
export function isoTime(written: unknown, atMs: number): string {
  if (typeof written === 'string' && isIso.test(written)) return written;
  if (typeof written !== 'number' || !(written > 0 && written < latestMs)) return fromMs(atMs);
  return fromMs(written < earliestMs ? written * 1000 : written);
}

function fromMs(ms: number): string {
  return new Date(ms > 0 && ms < latestMs ? ms : 0).toISOString();
}
