export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** What the value gains in a minute: the slope of the straight line that fits best (least squares). */
export function slopePerMinute(samples: readonly Sample[]): number {
  const mean = (values: number[]) => values.reduce((sum, it) => sum + it, 0) / values.length;
  const meanMs = mean(samples.map((it) => it.atMs));
  const meanValue = mean(samples.map((it) => it.value));
  let together = 0;
  let spread = 0;
  for (const { atMs, value } of samples) {
    together += (atMs - meanMs) * (value - meanValue);
    spread += (atMs - meanMs) ** 2;
  }
  return (together / spread) * 60_000;
}
