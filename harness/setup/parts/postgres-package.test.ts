import { chmod, mkdir, mkdtemp, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { gate } from '../fixtures/parts.ts';
import { type Host, hostOf } from '../part.ts';
import { runProgram } from '../program.ts';
import { cachedPostgres, copyPackage, packagedPostgres, packageWays } from './postgres-package.ts';

let root: string;
let host: Host;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ordeal-package-'));
  await chmod(root, 0o755);
  host = hostOf({ ...process.env, ORDEAL_CACHE_DIR: join(root, 'cache') });
});
afterEach(() => rm(root, { recursive: true }));

const work = { say() {}, signal: new AbortController().signal };

const { runs, titled } = gate(packagedPostgres() ? [] : ['no npm package of PostgreSQL']);

it.runIf(runs)(
  titled('copies the package that npm installed, and the user who will run it can'),
  async () => {
    const [way] = packageWays(host, async () => {});
    expect(way?.blocked).toBeUndefined();
    await way!.take(work);
    const command = join(cachedPostgres(host), 'postgres');
    const printed = await runProgram({ command, args: ['--version'], env: {}, uid: host.serverUid });
    expect(printed).toContain(`(PostgreSQL) ${packagedPostgres()!.version.split('.', 2).join('.')}`);
  },
);

/** As npm leaves it without installation scripts and under a strict umask. */
async function bare(): Promise<{ name: string; version: string; folder: string }> {
  const folder = join(root, 'package', 'native');
  const links = [
    { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' },
    { source: 'native/lib/libpq.so.5.18', target: 'native/lib/deep/libpq.so' },
  ];
  const files = {
    'pg-symlinks.json': JSON.stringify(links),
    'lib/libpq.so.5.18': '',
    'lib/deep/other': '',
    'bin/postgres': '',
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, file), text, { mode: 0o700 });
  }
  return { name: 'bare', version: '1', folder };
}

it('makes the links that npm cannot hold, and lets others read', async () => {
  await copyPackage(host, await bare(), async () => {});
  const copy = dirname(cachedPostgres(host));
  expect(await readlink(join(copy, 'lib/libpq.so.5'))).toBe('libpq.so.5.18');
  expect(await readlink(join(copy, 'lib/deep/libpq.so'))).toBe('../libpq.so.5.18');
  expect((await stat(join(copy, 'lib/deep/libpq.so'))).isFile()).toBe(true);
  expect((await stat(join(copy, 'bin/postgres'))).mode & 0o777).toBe(0o755);
});

it('replaces what is there and of no use; keeps nothing when the copy is of no use either', async () => {
  const place = dirname(cachedPostgres(host));
  await mkdir(join(place, 'bin'), { recursive: true });
  await writeFile(join(place, 'bin', 'rubbish'), '');
  const failing = copyPackage(host, await bare(), async () => {
    throw new Error('wrong machine');
  });
  await expect(failing).rejects.toThrow('wrong machine');
  await expect(stat(place)).rejects.toThrow('ENOENT');
});
