import { allParts, findParts } from './find-parts.ts';
import { type PartName, type Parts, partNames } from './part.ts';
import type { Env } from './settings.ts';

/** A line of `ordeal doctor`, in words. */
export interface Row {
  readonly part: string;
  /** Whether a run needs it here: PostgreSQL and Redis only where no Docker answers. */
  readonly required: boolean;
  /** `PATH /usr/bin/redis-server`; `-` when it was found nowhere. */
  readonly where: string;
  readonly version: string;
  readonly good: boolean;
  /** What is wrong and what to do about it; empty when it is good. */
  readonly mend: string;
}

/** What is here of what a run needs. A run is possible when every required row is good. */
export async function doctor(env: Env): Promise<Row[]> {
  const parts = await findParts(env);
  return partNames.map((name) => row(name, parts));
}

export function canRun(rows: readonly Row[]): boolean {
  return rows.every((row) => row.good || !row.required);
}

function row(name: PartName, parts: Parts): Row {
  const { title: part, mend } = allParts[name];
  const required = isRequired(name, parts);
  const found = parts[name];
  if (!found) return { part, required, where: '-', version: '-', good: false, mend };
  return {
    part,
    required,
    where: `${found.where} ${found.path}`,
    version: found.version || '-',
    good: found.good,
    mend: [found.problem, found.mend].filter(Boolean).join('; '),
  };
}

function isRequired(name: PartName, parts: Parts): boolean {
  if (name === 'node' || name === 'k6') return true;
  return (name === 'postgres' || name === 'redis') && !parts.docker?.good;
}
