import { bytes } from '../../../examples/memory-api/admin/output.ts';
import { count, duration, quantity } from '../../../reports/numbers.ts';
import type { Judged } from './objectives.ts';
import type { Quantity } from './report.ts';

const nothing = '–';

/** `12.3 ms`, `99.6 %`, a dash for what is not known. `near` is what it must not be mistaken for. */
export function figure(
  value: number | undefined,
  unit: 'ms' | 'ratio' | 'count',
  near: readonly number[] = [],
): string {
  return value === undefined ? nothing : quantity(unit === 'count' ? Math.round(value) : value, unit, near);
}

export function seconds(value: number | undefined): string {
  return figure(value === undefined ? undefined : 1000 * value, 'ms');
}

const signs = { below: '<', 'at most': '≤', 'at least': '≥' } as const;

/** `< 200 ms` */
export function boundOf({ bound, limit, unit }: Judged): string {
  return `${signs[bound]} ${quantity(limit, unit)}`;
}

/** `1.2 GiB`, `64 %`; `perWeek` with its sign. */
export function amount(value: number | undefined, unit: Quantity['unit']): string {
  if (value === undefined) return nothing;
  if (unit === 'bytes') return value < 0 ? `−${bytes(-value)}` : bytes(value);
  if (unit === 'ms') return figure(value, 'ms');
  if (unit === 'percent') return figure(value / 100, 'ratio');
  return count(Math.round(value));
}

export function growth(value: number | undefined, unit: Quantity['unit']): string {
  if (value === undefined) return '';
  return value > 0 ? `+${amount(value, unit)}` : amount(value, unit).replace('-', '−');
}

/** `1 h 30 min`, `2 days 4 h` */
export function longTime(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 10) return duration(ms);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  const parts = [
    days > 0 && `${days} ${days === 1 ? 'day' : 'days'}`,
    hours > 0 && `${hours} h`,
    days === 0 && minutes % 60 > 0 && `${minutes % 60} min`,
  ];
  return parts.filter(Boolean).join(' ');
}
