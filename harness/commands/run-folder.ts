import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { journalFile } from '../journal/journal.ts';

/**
 * The folder of the run that a person meant: a path, or a scenario's name for the latest run of it.
 * @throws UsageError that says where it looked.
 */
export function runFolder(asked: string, runs: string, cwd: string): string {
  const path = resolve(cwd, asked);
  if (existsSync(join(path, journalFile))) return path;
  const ofScenario = resolve(cwd, runs, asked);
  const latest = existsSync(ofScenario) ? readdirSync(ofScenario).sort().at(-1) : undefined;
  if (latest) return join(ofScenario, latest);
  throw new UsageError(
    `There is no run "${asked}": expected a folder with a ${journalFile}, or a scenario that has runs in ${resolve(cwd, runs)}.`,
  );
}
