import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { keep } from '../keep.ts';
import { lock } from '../lock.ts';
import type { Host, Work } from '../part.ts';
import { ProgramError, runProgram } from '../program.ts';

const list = join(import.meta.dirname, 'schemathesis.txt');

const mend = 'install Python with pip (Debian: apt-get install python3-pip), from whose packages it is taken';

/** Schemathesis, which holds a service to its OpenAPI document: run as `python3 <script> …` in this environment. */
export interface Schemathesis {
  readonly command: 'python3';
  readonly script: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The one in the cache, which is filled by pip when it holds none (10 s, 60 MB). In a folder of its own rather than a
 * virtual environment, for which Debian's Python lacks a module. One at a time fills it, the others wait.
 *
 * @throws Error that says what to install when there is no Python or no pip, ProgramError from either
 */
export async function getSchemathesis(
  host: Host,
  { signal, say }: Pick<Work, 'signal'> & Partial<Work>,
): Promise<Schemathesis> {
  const python = (env: Host['env'], ...args: string[]) =>
    runProgram({ command: 'python3', args, env, signal });
  const hash = createHash('sha256').update(readFileSync(list)).digest('hex');
  // Some of it is compiled, for one version of Python.
  const tag = await python(host.env, '-c', 'import sys; print(sys.implementation.cache_tag)').catch(sayMend);
  const place = join(host.settings.cacheFolder, `schemathesis-${hash.slice(0, 12)}-${tag.trim()}`);
  const found = inFolder(host, place);
  const works = () => python(found.env, found.script, '--version');
  if (await works().catch(() => undefined)) return found;
  await using _ = await lock(
    host.settings.cacheFolder,
    () => say?.('another set-up is at work here, waiting for it'),
    signal,
  );
  // Another may have got it meanwhile.
  if (await works().catch(() => undefined)) return found;
  signal.throwIfAborted();
  await python(host.env, '-m', 'pip', '--version').catch(sayMend);
  await rm(place, { recursive: true, force: true });
  await keep(place, async (folder) => {
    const contents = join(folder, 'contents');
    await python(
      host.env,
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'],
      ...['--only-binary=:all:', '--require-hashes', '-r', list, '--target', contents],
    );
    return contents;
  });
  await works();
  return found;
}

function sayMend(cause: unknown): never {
  if (!(cause instanceof ProgramError)) throw cause;
  throw new Error(`${cause.message}\nTo have Schemathesis, ${mend}`, { cause });
}

function inFolder(host: Host, folder: string): Schemathesis {
  const env = { ...host.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' };
  return { command: 'python3', script: join(folder, 'bin', 'schemathesis'), env };
}
