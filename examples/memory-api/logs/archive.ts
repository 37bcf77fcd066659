import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat, utimes } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { ifThere, type LogFile, type LogFolder, listLogFiles } from './log-folder.ts';

/**
 * Compresses every file that is not in use, and gives the paths of what was made. An archive keeps the time of its
 * file. It appears whole or not at all, and only then its file goes: whoever is killed in between loses nothing.
 *
 * @throws the error of the file system
 */
export async function archiveLogs(
  place: LogFolder,
  signal?: AbortSignal,
  now: () => number = Date.now,
): Promise<string[]> {
  const closed = (await listLogFiles(place, now)).filter((file) => !file.archived && !file.inUse);
  const made: string[] = [];
  for (const file of closed) {
    signal?.throwIfAborted();
    const path = await ifThere(archive(file, signal));
    if (path) made.push(path);
  }
  return made;
}

async function archive(file: LogFile, signal?: AbortSignal): Promise<string> {
  const { path, isDone } = await archivePath(file);
  if (!isDone) {
    const partial = `${file.path}.${randomUUID()}.partial`;
    try {
      await pipeline(createReadStream(file.path), createGzip(), createWriteStream(partial), { signal });
      await utimes(partial, new Date(), new Date(file.modifiedAtMs));
      await rename(partial, path);
    } finally {
      await rm(partial, { force: true });
    }
  }
  await rm(file.path, { force: true });
  return path;
}

/**
 * A free name. Numbers start again at 1 when a folder was emptied by hand during the day, so an archive of that name
 * may be of another file; with the same time it is of this one.
 */
async function archivePath(file: LogFile): Promise<{ path: string; isDone: boolean }> {
  for (let again = 0; ; again += 1) {
    const path = again === 0 ? `${file.path}.gz` : `${file.path}.${again}.gz`;
    const there = await ifThere(stat(path));
    if (!there) return { path, isDone: false };
    if (Math.abs(there.mtimeMs - file.modifiedAtMs) < 1) return { path, isDone: true };
  }
}
