/** Longer than a run of all parts takes; `minutes` more for what lasts as long as it is told. */
const limitMs = 15 * 60_000;

/** Aborted at SIGINT and SIGTERM, and when the bench takes too long: what it has started ends then too. */
export function endingSignal(minutes: number): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new Error(`the bench was told to end by ${signal}`)));
  return AbortSignal.any([stop.signal, AbortSignal.timeout(limitMs + minutes * 60_000)]);
}
