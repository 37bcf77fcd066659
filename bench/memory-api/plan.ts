import { parseArgs } from 'node:util';

export const stores = ['exact', 'pgvector'] as const;
export type StoreName = (typeof stores)[number];

export interface Round {
  readonly cache: boolean;
  readonly ratePerSecond: number;
  readonly warmupMs: number;
  readonly forMs: number;
}

/** What is measured, and for how long. */
export interface Plan {
  readonly stores: readonly StoreName[];
  /** With and without the cache by turns, so that what the machine does meanwhile hits both; at each rate. */
  readonly rounds: readonly Omit<Round, 'ratePerSecond'>[];
  /** How often each statement is run with its indexes and without, by turns. */
  readonly timesPerStatement: number;
  readonly callsThatMayFail: number;
  /** So long it is watched whether memory grows; undefined: not at all. */
  readonly minutes: number | undefined;
}

const withCache = { cache: true, warmupMs: 4000, forMs: 16_000 };
const without = { cache: false, warmupMs: 4000, forMs: 14_000 };

/** In more there would be nothing left to delete. */
export const mostMinutes = 30;

/** `--minutes 10`: also whether memory grows. `--store pgvector`: one of the two. @throws Error that names a value it does not know. */
export function readPlan(args: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { minutes: { type: 'string' }, store: { type: 'string' } },
  });
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  if (minutes !== undefined && !(minutes >= 1 && minutes <= mostMinutes))
    throw new Error(`--minutes: expected a number from 1 to ${mostMinutes}, got ${values.minutes}`);
  const chosen = stores.filter((it) => values.store === undefined || it === values.store);
  if (chosen.length === 0)
    throw new Error(`--store: expected one of ${stores.join(', ')}, got ${values.store}`);
  return {
    stores: chosen,
    rounds: [withCache, without, withCache, without],
    timesPerStatement: 5,
    callsThatMayFail: 500,
    minutes,
  };
}
