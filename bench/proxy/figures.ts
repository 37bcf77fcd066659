/** What was measured of one contestant. */
export interface Figures {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly requestsPerSecond: number;
  readonly requests: number;
}

/** The value below which this share of the sorted values lies (nearest rank). */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function figuresOf(latenciesMs: readonly number[], answers: number, forMs: number): Figures {
  const sorted = Float64Array.from(latenciesMs).sort();
  return {
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    p99Ms: quantile(sorted, 0.99),
    requestsPerSecond: (answers / forMs) * 1000,
    requests: latenciesMs.length + answers,
  };
}

const columns = [
  'way',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'added p50 ms',
  'added p95 ms',
  'added p99 ms',
  'requests/s',
  'of direct',
];

/** A table for people; what a contestant adds is the difference of the percentiles. */
export function table(results: ReadonlyMap<string, Figures>): string {
  const base = results.get('direct')!;
  const rows = [...results].map(([name, it]) => [
    name,
    ...[
      it.p50Ms,
      it.p95Ms,
      it.p99Ms,
      it.p50Ms - base.p50Ms,
      it.p95Ms - base.p95Ms,
      it.p99Ms - base.p99Ms,
    ].map((ms) => ms.toFixed(3)),
    it.requestsPerSecond.toFixed(0),
    `${((it.requestsPerSecond / base.requestsPerSecond) * 100).toFixed(0)} %`,
  ]);
  const widths = columns.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)));
  const write = (row: string[]) => row.map((cell, at) => cell.padStart(widths[at]!)).join('  ');
  return [columns, ...rows].map(write).join('\n');
}

export function asJson(results: ReadonlyMap<string, Figures>): string {
  const base = results.get('direct')!;
  const contestants = Object.fromEntries(
    [...results].map(([name, it]) => [
      name,
      {
        latencyP50Ms: round(it.p50Ms),
        latencyP95Ms: round(it.p95Ms),
        latencyP99Ms: round(it.p99Ms),
        addedP50Ms: round(it.p50Ms - base.p50Ms),
        addedP95Ms: round(it.p95Ms - base.p95Ms),
        addedP99Ms: round(it.p99Ms - base.p99Ms),
        requestsPerSecond: Math.round(it.requestsPerSecond),
        requests: it.requests,
      },
    ]),
  );
  return JSON.stringify({ bench: 'proxy', contestants });
}

/** Whole microseconds; the clock gives no more. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
