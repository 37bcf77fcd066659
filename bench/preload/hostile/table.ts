import { type Accounts, signals } from '../../../instrumentation/testing/account.ts';

/** What happened while a mode was on and after it. */
export interface Row {
  readonly name: string;
  readonly requests: number;
  readonly failed: number;
  readonly p95Ms: number;
  readonly mostRssMb: number;
  /** Accounts when it began and when it was over. */
  readonly before: Accounts;
  readonly after: Accounts;
}

const titles = ['', 'requests', 'failed', 'P95 ms', 'RSS MB', 'spans dropped', 'points', 'lines'];

export function hostileTable(rows: readonly Row[]): string {
  const cells = [titles, ...rows.map(cellsOf)];
  const widths = titles.map((_, at) => Math.max(...cells.map((row) => row[at]!.length)));
  return cells
    .map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))))
    .map((row) => row.join('  ').trimEnd())
    .join('\n');
}

function cellsOf({ name, requests, failed, p95Ms, mostRssMb, before, after }: Row): string[] {
  return [
    name,
    `${requests}`,
    `${failed}`,
    p95Ms.toFixed(1),
    mostRssMb.toFixed(0),
    ...signals.map((signal) => `${after[signal].dropped - before[signal].dropped}`),
  ];
}
