import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { whole } from '../../examples/memory-api/admin/options.ts';
import { bytes } from '../../examples/memory-api/admin/output.ts';
import { checksumOf } from './kit/checksum.ts';
import { askMemoryAdmin } from './kit/memory-admin.ts';
import { script, start } from './kit/script.ts';

interface Options {
  folder: string;
  keep?: number;
}

await start(
  script({
    name: 'backup',
    about: 'The whole database into a new file, with its checksum; older ones may go.',
    failed: 'there is no new backup, and no old one was touched',
    more: `The database is the one of DATABASE_URL. A file is there whole or not at all. Its
checksum stands beside it: sha256sum -c checks it, and so does restore.`,
  })
    .requiredOption('--folder <path>', 'where backups are kept; made when it is not there')
    .option('--keep <n>', 'keep so many, remove older ones after this one is whole', whole(1))
    .action(async ({ folder, keep }: Options) => {
      await mkdir(folder, { recursive: true });
      const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
      const file = join(folder, `memories-${stamp}.dump`);
      const { size_bytes } = await askMemoryAdmin<{ size_bytes: number }>(['backup', file]);
      await writeChecksum(file);
      print(`${file}: ${bytes(size_bytes)}`);
      if (keep !== undefined) for (const gone of await removeOlder(folder, keep)) print(`removed ${gone}`);
    }),
);

/** As `sha256sum` writes it: whoever has the two files in one folder can check them. */
async function writeChecksum(file: string): Promise<void> {
  await writeFile(`${file}.sha256.partial`, `${await checksumOf(file)}  ${basename(file)}\n`);
  await rename(`${file}.sha256.partial`, `${file}.sha256`);
}

/** Of our own names alone; those sort by time. */
async function removeOlder(folder: string, keep: number): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^memories-\d{8}T\d{6}Z\.dump$/.test(name)).sort();
  const gone = names.slice(0, -keep).map((name) => join(folder, name));
  for (const file of gone) for (const path of [`${file}.sha256`, file]) await rm(path, { force: true });
  return gone;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
