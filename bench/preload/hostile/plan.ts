import { parseArgs } from 'node:util';
import { type Mode, modes } from './modes.ts';

/** How long the service is put through what. `--minutes` is how long the modes take together, in which the heap is watched. */
export interface HostilePlan {
  readonly preloadFile: string | undefined;
  readonly modes: readonly Mode[];
  readonly healthyMs: number;
  /** Of each mode: while it is on, and after it. */
  readonly onMs: number;
  readonly offMs: number;
  readonly lokiOutageMs: number;
  /** Of each address. */
  readonly addressMs: number;
}

const longestOutageMs = 60_000;
/** A heap grows for about so long, with a healthy receiver and without a preload too; what comes later is the mode's. */
const leastHealthyMs = 60_000;

/**
 * The whole run takes longer than `--minutes` by what stands before and after the modes: with 10 of them it is some 14.
 *
 * `--minutes 10`, `--preload dist/preload.js`, `--modes 500,refused`. @throws Error that names a value it does not know.
 */
export function readHostilePlan(args: readonly string[]): HostilePlan {
  const { values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      minutes: { type: 'string', default: '10' },
      preload: { type: 'string' },
      modes: { type: 'string' },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes: expected a number above 0, got ${values.minutes}`);
  const all = Object.keys(modes) as Mode[];
  const names = values.modes?.split(',') ?? all;
  const unknown = names.find((name) => !all.some((it) => it === name));
  if (unknown !== undefined) throw new Error(`--modes: expected some of ${all.join(', ')}, got ${unknown}`);
  const totalMs = minutes * 60_000;
  const eachMs = totalMs / names.length;
  return {
    preloadFile: values.preload,
    modes: all.filter((it) => names.includes(it)),
    healthyMs: Math.max(leastHealthyMs, totalMs * 0.2),
    onMs: eachMs * 0.5,
    offMs: eachMs * 0.5,
    lokiOutageMs: Math.min(longestOutageMs, totalMs * 0.1),
    addressMs: totalMs * 0.025,
  };
}
