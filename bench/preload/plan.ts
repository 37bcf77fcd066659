import { parseArgs } from 'node:util';
import type { ContestantName } from './contestants.ts';
import type { ServiceName } from './service.ts';

/** What is measured, and for how long. */
export interface Plan {
  readonly services: readonly ServiceName[];
  readonly contestants: readonly ContestantName[];
  /** A built preload other than the one of this tree; it is not built then. */
  readonly preloadFile: string | undefined;
  /** All of it, so that what the preload has to reach can be decided. */
  readonly complete: boolean;
  readonly starts: number;
  readonly highest: { readonly warmupMs: number; readonly forMs: number };
  readonly steady: {
    /** Of each contestant, one after the other. */
    readonly lives: number;
    readonly warmupMs: number;
    readonly rounds: number;
    readonly forMs: number;
    /** After the load, so that work that was put off is counted too. */
    readonly settleMs: number;
  };
}

const allServices = ['raw', 'fastify'] as const;
const allContestants = ['none', 'ordeal', 'otel', 'dd', 'edot'] as const;

const long = {
  starts: 5,
  highest: { warmupMs: 3000, forMs: 4000 },
  steady: { lives: 2, warmupMs: 5000, rounds: 3, forMs: 4000, settleMs: 700 },
};
const short = {
  starts: 2,
  highest: { warmupMs: 2000, forMs: 2000 },
  steady: { lives: 1, warmupMs: 3000, rounds: 2, forMs: 3000, settleMs: 500 },
};

/**
 * `--quick`: a minute or so instead of nine, one service. `--only none,ordeal`, `--services raw,fastify`,
 * `--preload dist/preload.js`. @throws Error that names a value it does not know.
 */
export function readPlan(args: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      services: { type: 'string' },
      preload: { type: 'string' },
    },
  });
  const contestants = chosen('--only', values.only, allContestants, allContestants);
  const services = chosen('--services', values.services, allServices, values.quick ? ['raw'] : allServices);
  if (!contestants.includes('none')) throw new Error('--only has to name none: what is added is added to it');
  return {
    services,
    contestants,
    preloadFile: values.preload,
    complete: !values.quick && contestants.length === allContestants.length && services.length === 2,
    ...(values.quick ? short : long),
  };
}

function chosen<T extends string>(
  option: string,
  text: string | undefined,
  all: readonly T[],
  otherwise: readonly T[],
): readonly T[] {
  if (text === undefined) return otherwise;
  const names = text.split(',');
  const unknown = names.find((name) => !all.some((it) => it === name));
  if (unknown !== undefined) throw new Error(`${option}: expected some of ${all.join(', ')}, got ${unknown}`);
  return all.filter((it) => names.includes(it));
}
