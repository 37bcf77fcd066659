import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Where the files of one service are: `<folder>/<name>.<writer>.<day>.<number>.log`, and with `.gz` when archived. Two
 * processes that write to the same folder have different writers; who is alone needs none.
 */
export interface LogFolder {
  folder: string;
  /** Letters, digits, `-` and `_`. */
  name: string;
}

export interface LogFile {
  path: string;
  /** Compressed, so nobody writes to it any more. */
  archived: boolean;
  /** The newest of its writer that is not archived, and not so old that the writer must be gone. */
  inUse: boolean;
  sizeBytes: number;
  /** When it was last written to. */
  modifiedAtMs: number;
}

/** As date-fns writes it. */
export const dayFormat = 'yyyy-MM-dd';

/** Who is there begins a file each day, whether or not there is something to write. */
const writerIsGoneAfterMs = 2 * 24 * 3_600_000;

/** Who makes an archive writes to it all the time. */
const partialIsLeftAfterMs = 3_600_000;

/** Of the files of a service. An archive that is not whole yet has another name, which ends in `.partial`. */
function patternOf(name: string): RegExp {
  return new RegExp(
    String.raw`^${name}(?:\.(?<writer>[\w-]+))?\.(?<day>\d{4}-\d\d-\d\d)\.(?<number>\d+)\.log(?:\.\d+)?(?<archived>\.gz)?$`,
  );
}

/**
 * The files of this service, newest first; other files are not looked at. Of each writer days and numbers only grow.
 *
 * @throws the error of the file system, except that a folder which does not exist has no files
 */
export async function listLogFiles({ folder, name }: LogFolder, now = Date.now): Promise<LogFile[]> {
  const pattern = patternOf(name);
  const found = (await namesIn(folder)).flatMap((fileName) => {
    const { writer = '', day, number, archived } = pattern.exec(fileName)?.groups ?? {};
    if (day === undefined) return [];
    return [{ fileName, writer, day, number: Number(number), archived: archived !== undefined }];
  });
  found.sort((a, b) => b.day.localeCompare(a.day) || b.number - a.number);
  const files = await Promise.all(
    found.map(async ({ fileName, writer, archived }) => {
      const path = join(folder, fileName);
      const about = await ifThere(stat(path));
      return about && { path, writer, archived, sizeBytes: about.size, modifiedAtMs: about.mtimeMs };
    }),
  );
  const writing = new Set<string>();
  return files.flatMap((file) => {
    if (!file) return [];
    const { writer, ...rest } = file;
    const isNewest = !file.archived && !writing.has(writer);
    if (isNewest) writing.add(writer);
    return [{ ...rest, inUse: isNewest && file.modifiedAtMs > now() - writerIsGoneAfterMs }];
  });
}

/** What was left of archives by those who were killed meanwhile; their files are still there. */
export async function listLeftovers({ folder, name }: LogFolder, now = Date.now): Promise<string[]> {
  const left = (await namesIn(folder)).filter((it) => it.startsWith(`${name}.`) && it.endsWith('.partial'));
  const paths = await Promise.all(
    left.map(async (fileName) => {
      const path = join(folder, fileName);
      const about = await ifThere(stat(path));
      return about && about.mtimeMs < now() - partialIsLeftAfterMs ? [path] : [];
    }),
  );
  return paths.flat();
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
