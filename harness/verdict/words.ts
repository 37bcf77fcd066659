import type { Observations } from '../observe/observations.ts';
import type { Unit } from './verdict.ts';

/** `0.01` as `1 %`, with at most two digits after the point. */
export function percent(ratio: number): string {
  return `${rounded(ratio * 100, 2)} %`;
}

/** Below 1 s in ms, else in s; `no end` for what never ended. */
export function duration(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'no end';
  return Math.abs(ms) < 1_000 ? `${rounded(ms, 1)} ms` : `${rounded(ms / 1_000, 2)} s`;
}

/** A value of a judgement, for a sentence. */
export function quantity(value: number, unit: Unit): string {
  switch (unit) {
    case 'ms':
      return duration(value);
    case 'ratio':
      return percent(value);
    case 'count':
      return String(value);
  }
}

/** A moment as the time since the run began: `+12.3 s`. */
export function moment({ run }: Observations, atMs: number): string {
  return `+${((atMs - run.atMs) / 1_000).toFixed(1)} s`;
}

/** `1 sample`, `2 samples`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first five, and how many more there are; `none` when there are none. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length - 5;
  return names.slice(0, 5).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function rounded(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
