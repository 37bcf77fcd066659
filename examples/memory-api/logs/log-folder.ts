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
  /** Somebody may write to it: of its writer the one with the highest number or the one last written to, when that was lately. */
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
 * The files of this service, newest first by day and number; other files are not looked at. Numbers grow, but for a
 * process that could not see those that are there when it began, which starts at 1 again.
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
  const known = files.filter((file) => file !== undefined);
  const open = known.filter(({ archived }) => !archived);
  const inUse = new Set(
    Map.groupBy(open, ({ writer }) => writer)
      .values()
      .flatMap((ofWriter) => [ofWriter[0], ofWriter.toSorted(byTime)[0]])
      .filter((file) => file !== undefined && file.modifiedAtMs > now() - writerIsGoneAfterMs),
  );
  return known.map((file) => {
    const { writer: _, ...rest } = file;
    return { ...rest, inUse: inUse.has(file) };
  });
}

type Dated = Pick<LogFile, 'modifiedAtMs'>;

/** Those last written to come first. */
export function byTime(a: Dated, b: Dated): number {
  return b.modifiedAtMs - a.modifiedAtMs;
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
