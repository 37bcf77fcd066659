import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the files of one service are: `<folder>/<name>.<day>.<number>.log`, and with `.gz` when archived. */
export interface LogFolder {
  folder: string;
  /** Letters, digits, `-` and `_`. */
  name: string;
}

export interface LogFile {
  path: string;
  /** Compressed, so nobody writes to it any more. */
  archived: boolean;
  sizeBytes: number;
  /** When it was last written to. */
  modifiedAtMs: number;
}

/** As date-fns writes it. */
export const dayFormat = 'yyyy-MM-dd';

/**
 * The files of this service, newest first; other files are not looked at. The one in use is the first that is not
 * archived, because days and numbers only grow.
 *
 * @throws the error of the file system, except that a folder which does not exist has no files
 */
export async function listLogFiles({ folder, name }: LogFolder): Promise<LogFile[]> {
  const pattern = new RegExp(String.raw`^${name}\.(\d{4}-\d\d-\d\d)\.(\d+)\.log(?:\.\d+)?(\.gz)?$`);
  const found = (await namesIn(folder)).flatMap((fileName) => {
    const [match, day, number, archived] = pattern.exec(fileName) ?? [];
    return match ? [{ fileName, day: day!, number: Number(number), archived: archived !== undefined }] : [];
  });
  found.sort((a, b) => b.day.localeCompare(a.day) || b.number - a.number);
  const files = await Promise.all(
    found.map(async ({ fileName, archived }) => {
      const path = join(folder, fileName);
      const about = await ifThere(stat(path));
      return about && { path, archived, sizeBytes: about.size, modifiedAtMs: about.mtimeMs };
    }),
  );
  return files.filter((file) => file !== undefined);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await ifThere(readdir(folder))) ?? [];
}

/** Undefined for what does not exist: another process may archive or clean at the same moment. */
export async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
