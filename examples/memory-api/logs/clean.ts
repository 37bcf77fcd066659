import { rm } from 'node:fs/promises';
import { type LogFolder, listLogFiles } from './log-folder.ts';

export interface Retention {
  /** Files beside the one in use, archived or not. */
  keepFiles: number;
  /** Longest time since a file was last written to. */
  keepDays: number;
}

const dayMs = 24 * 3_600_000;

/**
 * Removes what is too old or too much, never the file in use, and gives the paths of what went.
 *
 * @throws the error of the file system
 */
export async function cleanLogs(
  place: LogFolder,
  { keepFiles, keepDays }: Retention,
  now: () => number = Date.now,
): Promise<string[]> {
  const files = await listLogFiles(place);
  const inUse = files.find((file) => !file.archived);
  const oldestMs = now() - keepDays * dayMs;
  const gone = files
    .filter((file) => file !== inUse)
    .filter((file, position) => position >= keepFiles || file.modifiedAtMs < oldestMs)
    .map((file) => file.path);
  await Promise.all(gone.map((path) => rm(path, { force: true })));
  return gone;
}
