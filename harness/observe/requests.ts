import type { Requests, TimeWindow } from './observations.ts';

/** Indexes of the requests that started in the window, of these names only (all when undefined). */
export function requestsIn(
  { startMs, name }: Requests,
  window: TimeWindow,
  names?: readonly string[],
): number[] {
  const found: number[] = [];
  for (let i = 0; i < startMs.length; i++) {
    const atMs = startMs[i]!;
    if (window.startMs <= atMs && atMs < window.endMs && (names?.includes(name[i]!) ?? true)) found.push(i);
  }
  return found;
}

/** Requests that had started but were not answered at this moment. */
export function inFlight({ startMs, elapsedMs }: Requests, atMs: number): number {
  let count = 0;
  for (let i = 0; i < startMs.length; i++) {
    if (startMs[i]! < atMs && startMs[i]! + elapsedMs[i]! >= atMs) count++;
  }
  return count;
}

/** No answer, or one that says that it failed. */
export function failed(status: number): boolean {
  return status === 0 || status >= 400;
}

/** Answered with 2xx: what was asked for was served. */
export function served(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Names of requests that were sent, sorted; for messages about a name that nothing carries. */
export function requestNames({ name }: Requests): string[] {
  return [...new Set(name)].sort();
}
