import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Found, Host, Where } from './part.ts';
import type { Explicit } from './settings.ts';

/** Where something may be. */
export interface Place {
  readonly path: string;
  readonly where: Where;
}

export interface Search {
  readonly explicit: Explicit | undefined;
  /** In the order of preference. */
  readonly places: readonly Place[];
  /** Whether the place holds anything at all. */
  readonly holds: (path: string) => Promise<boolean>;
  /** Asks the thing for its version. @throws Error when it does not answer. */
  readonly ask: (path: string) => Promise<string>;
  /** What is wrong with that version, in a clause; undefined when it will do. */
  readonly objection: (version: string) => string | undefined;
  readonly mend: string;
}

/**
 * The first good one; when none is good, the first one found at all, with what is wrong with it. An explicit
 * path is final.
 */
export async function search(it: Search): Promise<Found | undefined> {
  if (it.explicit) return searchExplicit(it, it.explicit);
  let firstBad: Found | undefined;
  for (const place of it.places) {
    if (!(await it.holds(place.path))) continue;
    const found = await inspect(it, place);
    if (found.good) return found;
    firstBad ??= found;
  }
  return firstBad;
}

async function searchExplicit(it: Search, { variable, path }: Explicit): Promise<Found> {
  const mend = `set ${variable} to one that works, or unset it to have it looked for`;
  if (await it.holds(path)) {
    const found = await inspect(it, { path, where: 'environment' });
    return found.good ? found : { ...found, problem: `${variable}=${path}: ${found.problem}`, mend };
  }
  const problem = `${variable}=${path}: there is no such program`;
  return { path, version: '', where: 'environment', good: false, problem, mend };
}

async function inspect(it: Search, { path, where }: Place): Promise<Found> {
  try {
    const version = await it.ask(path);
    const problem = it.objection(version);
    return problem
      ? { path, version, where, good: false, problem, mend: it.mend }
      : { path, version, where, good: true };
  } catch (error) {
    const problem = `it does not run (${(error as Error).message.replace(/\s+/g, ' ')})`;
    return { path, version: '', where, good: false, problem, mend: it.mend };
  }
}

/**
 * The places of a program: PATH, then the cache's `bin`, where it may have other names. Names in the order of
 * preference.
 */
export function programPlaces(host: Host, names: readonly string[], ...cachedNames: string[]): Place[] {
  const { searchPath, cacheFolder } = host.settings;
  const onPath = names.flatMap((name) =>
    searchPath.map((folder) => ({ path: join(folder, name), where: 'PATH' as const })),
  );
  const inCache = cachedNames.length > 0 ? cachedNames : names;
  const cached = inCache.map((name) => ({ path: join(cacheFolder, 'bin', name), where: 'cache' as const }));
  return [...onPath, ...cached];
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
