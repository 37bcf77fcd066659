import type { Provider } from '../stack/service.ts';
import { allParts } from './find-parts.ts';
import { observabilityNames, type PartName, type Parts, partNames } from './part.ts';

/** A line of `ordeal doctor`, in words. */
export interface Row {
  readonly part: string;
  /** Whether a run needs it here: PostgreSQL and Redis only where Docker cannot serve them. */
  readonly required: boolean;
  /** `PATH /usr/bin/redis-server`; `-` when it was found nowhere. */
  readonly where: string;
  readonly version: string;
  readonly good: boolean;
  /** What is wrong and what to do about it; empty when it is good. */
  readonly mend: string;
}

/**
 * What is here of what a run needs, of the parts that were found. A run is possible when every required row is good.
 * `docker` says whether the Docker stack can serve: an engine that answers is no use without the images.
 */
export async function doctor(parts: Parts, docker: Pick<Provider, 'canServe'>): Promise<Row[]> {
  const serves = await docker.canServe(['postgres', 'redis']);
  const names = [...partNames, ...observabilityNames];
  const rows = names.map((name) => row(name, parts, !serves.able));
  if (serves.able || !parts.docker?.good) return rows;
  return rows.map((it, index) => (names[index] === 'docker' ? { ...it, good: false, mend: serves.why } : it));
}

export function canRun(rows: readonly Row[]): boolean {
  return rows.every((row) => row.good || !row.required);
}

function row(name: PartName, parts: Parts, withoutDocker: boolean): Row {
  const { title: part, mend } = allParts[name];
  const required = isRequired(name, withoutDocker);
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

function isRequired(name: PartName, withoutDocker: boolean): boolean {
  if (name === 'node' || name === 'k6') return true;
  return (name === 'postgres' || name === 'redis') && withoutDocker;
}
