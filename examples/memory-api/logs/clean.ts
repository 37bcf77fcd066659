import { rm } from 'node:fs/promises';
import { byTime, type LogFolder, listLeftovers, listLogFiles } from './log-folder.ts';

export interface Retention {
  /** Files beside those in use, archived or not. */
  keepFiles: number;
  /** Longest time since a file was last written to. */
  keepDays: number;
}

const dayMs = 24 * 3_600_000;

/**
 * Removes what is too old or too much, never a file in use, and gives the paths of what went; with it goes what was
 * left of archives that were never finished.
 *
 * @throws the error of the file system
 */
export async function cleanLogs(
  place: LogFolder,
  { keepFiles, keepDays }: Retention,
  now: () => number = Date.now,
): Promise<string[]> {
  const files = await listLogFiles(place, now);
  const oldestMs = now() - keepDays * dayMs;
  const old = files
    .filter((file) => !file.inUse)
    // Numbers of different writers do not say what is newer.
    .sort(byTime)
    .filter((file, position) => position >= keepFiles || file.modifiedAtMs < oldestMs)
    .map((file) => file.path);
  const gone = [...old, ...(await listLeftovers(place, now))];
  await Promise.all(gone.map((path) => rm(path, { force: true })));
  return gone;
}
