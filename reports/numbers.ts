import type { Judgement, Unit } from '../harness/verdict/verdict.ts';

/**
 * Numbers for people. Nothing before the reports rounds, and nothing here may round a value onto the other
 * side of its limit: 200.04 ms against `< 200 ms` is written with as many digits as it takes to see why.
 */

const mostDecimals = 8;
const signs = { below: '<', above: '>', 'at-most': '≤', 'at-least': '≥' } as const;

/** `12.3 ms`, `99.6 %`, `1,204`, and `∞` for what never happened. `anchors` are values that it must not be mistaken for, such as its limit. */
export function quantity(value: number, unit: Unit, anchors: readonly number[] = []): string {
  return Number.isFinite(value) ? `${figure(value, unit, anchors)}${unitSign(value, unit)}` : '∞';
}

/** `< 200 ms` */
export function limit(judgement: Pick<Judgement, 'bound' | 'limit' | 'unit'>): string {
  return `${signs[judgement.bound]} ${quantity(judgement.limit, judgement.unit)}`;
}

/** `12.3 ms`, or a dash where nothing was observed. */
export function observed(judgement: Judgement): string {
  const { observed: value, unit } = judgement;
  return value === undefined ? '–' : quantity(value, unit, [judgement.limit]);
}

/** `[11.9, 12.8]`, in the unit of the observed value; empty when it was counted and not sampled. */
export function interval({ observed: value, interval: ends, unit, limit }: Judgement): string {
  if (ends === undefined || ends[0] === ends[1]) return '';
  const inSeconds = unit === 'ms' && value !== undefined && value >= 10_000;
  const end = (it: number | null) => {
    if (it === null || !Number.isFinite(it)) return '∞';
    return inSeconds ? shortest(it / 1000, []) : figureAs(it, unit, [limit]);
  };
  return `[${end(ends[0])}, ${end(ends[1])}]`;
}

/** `1,204` */
export function count(value: number): string {
  return fixed(value, 0);
}

/** `38.2 s`, `4 min 10 s` */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${shortest(ms / 1000, [])} s`;
  const seconds = Math.round(ms / 1000);
  const rest = seconds % 60;
  return `${count(Math.floor(seconds / 60))} min${rest === 0 ? '' : ` ${rest} s`}`;
}

/** `2026-11-21 05:14:54 UTC`: the same text on every machine. */
export function moment(atMs: number): string {
  if (!Number.isFinite(atMs) || Math.abs(atMs) > 8.64e15) return '–';
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function figure(value: number, unit: Unit, anchors: readonly number[]): string {
  if (unit === 'ms' && Math.abs(value) >= 10_000) return shortest(value / 1000, anchors.map(perThousand));
  return figureAs(value, unit, anchors);
}

function figureAs(value: number, unit: Unit, anchors: readonly number[]): string {
  if (unit === 'ratio') return shortest(value * 100, [0, 100, ...anchors.map((it) => it * 100)]);
  return shortest(value, unit === 'count' && Number.isInteger(value) ? [] : anchors);
}

function unitSign(value: number, unit: Unit): string {
  if (unit === 'count') return '';
  if (unit === 'ratio') return ' %';
  return Math.abs(value) >= 10_000 ? ' s' : ' ms';
}

/** Three significant digits, all of an integer part, and more where it would otherwise look like an anchor. */
function shortest(value: number, anchors: readonly number[]): string {
  const magnitude = Math.abs(value);
  let decimals = magnitude >= 100 || magnitude === 0 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3;
  const near = anchors.filter((anchor) => Math.abs(anchor - value) > 1e-9);
  while (decimals < mostDecimals && near.some((anchor) => fixed(anchor, decimals) === fixed(value, decimals)))
    decimals++;
  return fixed(value, decimals);
}

/** One formatter for each number of decimals: making one takes far longer than using it. */
const formatters = Array.from(
  { length: mostDecimals + 1 },
  (_, decimals) => new Intl.NumberFormat('en-US', { maximumFractionDigits: decimals }),
);

function fixed(value: number, decimals: number): string {
  return formatters[decimals]!.format(value).replace(/^-0$/, '0');
}

function perThousand(value: number): number {
  return value / 1000;
}
