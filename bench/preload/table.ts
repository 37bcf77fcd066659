import { addedTo, type Figures } from './figures.ts';
import type { Measured } from './measure.ts';

type Column = readonly [title: string, text: (it: Figures, none: Figures) => string];

const costs: readonly Column[] = [
  ['', ({ name }) => name],
  ['CPU µs', (it) => it.cpuMicrosPerRequest.toFixed(1)],
  ['added', (it, none) => sign(addedTo(none, it).cpuMicrosPerRequest, 1)],
  ['P50 ms', (it) => it.p50Ms.toFixed(2)],
  ['P95 ms', (it) => it.p95Ms.toFixed(2)],
  ['P99 ms', (it) => it.p99Ms.toFixed(2)],
  ['P95 added', (it, none) => sign(addedTo(none, it).p95Ms, 2)],
  ['RSS MB', (it) => it.rssMb.toFixed(0)],
  ['peak', (it) => it.peakRssMb.toFixed(0)],
  ['added', (it, none) => sign(addedTo(none, it).rssMb, 0)],
  ['start ms', (it) => it.startMs.toFixed(0)],
  ['added', (it, none) => sign(addedTo(none, it).startMs, 0)],
];

const deliveries: readonly Column[] = [
  ['', ({ name }) => name],
  ['spans', (it) => `${it.recorded.spansPerRequest}`],
  ['lines', (it) => `${it.recorded.linesPerRequest}`],
  ['points', (it) => `${it.deliveredAtRate.points}`],
  ['delivered', (it) => percent(it, it.deliveredAtRate.share)],
  ['highest/s', (it) => it.highestPerSecond.toFixed(0)],
  ['CPU µs', (it) => it.cpuMicrosPerRequestAtHighest.toFixed(1)],
  ['added', (it, none) => sign(addedTo(none, it).cpuMicrosPerRequestAtHighest, 1)],
  ['delivered', (it) => percent(it, it.deliveredAtHighest.share)],
];

/** Two tables for people: what it costs, and what arrived. */
export function tables({ service, ratePerSecond, figures }: Measured): string {
  return [
    `${service}, ${ratePerSecond} requests/s (60 % of what the slowest can carry)`,
    aligned(costs, figures),
    '',
    'spans and lines of a request, points of metrics, what arrived; then the same at the highest rate',
    aligned(deliveries, figures),
    '',
  ].join('\n');
}

function aligned(columns: readonly Column[], figures: readonly Figures[]): string {
  const none = figures.find(({ name }) => name === 'none')!;
  const rows = [
    columns.map(([title]) => title),
    ...figures.map((it) => columns.map(([, text]) => text(it, none))),
  ];
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const write = (cells: string[]) =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd();
  return rows.map(write).join('\n');
}

function sign(value: number, digits: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;
}

/** Whoever records nothing delivers nothing. Rounded down, so that only all of it is 100. */
function percent({ recorded }: Figures, share: number): string {
  if (recorded.spansPerRequest + recorded.linesPerRequest === 0) return '-';
  return `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
}
