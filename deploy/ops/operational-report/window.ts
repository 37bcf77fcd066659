/** The time that a report is of, in slices for what is drawn over time. */
export interface Window {
  startMs: number;
  endMs: number;
  stepMs: number;
}

/** About so many slices: more than a phone has pixels for says nothing more. */
const slices = 96;
const secondMs = 1000;

/** Whole seconds, for that is what a range in PromQL and LogQL is. */
export function windowOf(endMs: number, lengthMs: number): Window {
  const stepMs = Math.max(5 * secondMs, Math.ceil(lengthMs / slices / secondMs) * secondMs);
  return { startMs: endMs - lengthMs, endMs, stepMs };
}

/** `86400s` */
export function rangeOf({ startMs, endMs }: Pick<Window, 'startMs' | 'endMs'>): string {
  return `${Math.round((endMs - startMs) / secondMs)}s`;
}
