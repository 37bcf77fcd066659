import { link, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { whole } from '../../examples/memory-api/admin/options.ts';
import { createLogDestination } from '../../examples/memory-api/logs/destination.ts';
import { messageOf } from './kit/checks.ts';
import { logName } from './kit/log-script.ts';
import { script, start, UsageError } from './kit/script.ts';

interface Options {
  file?: string;
  folder?: string;
  name: string;
  maxMb: number;
  keepFiles: number;
  keepDays: number;
}

await start(
  script({
    name: 'rotate-logs',
    about: 'Keeps a log in files of a limited size and age: of stdin, or one file now.',
    failed: 'the file could not be given its new name',
    more: `With LOG_FOLDER the service rotates its own log; this is for whatever else writes one:
  node server.ts | node deploy/ops/rotate-logs.ts --folder logs --name api
reads to the end of stdin, also when it is told to end. With --file a file is given the
name of a closed one (service.log becomes service.2026-11-21.1.log). No line is lost:
who has it open writes on into it until it is restarted,
which is to be within two days: older files are archived.`,
  })
    .option('--folder <path>', 'where stdin is written to')
    .option('--file <path>', 'rotate this file now')
    .option('--name <name>', 'how the names of the files begin', logName, 'memory-api')
    .option('--max-mb <n>', 'size at which the next file is begun', whole(1), 50)
    .option('--keep-files <n>', 'closed files that are kept', whole(1), 14)
    .option('--keep-days <n>', 'days that a closed file is kept', whole(1), 30)
    .action(async (options: Options) => {
      const { file, folder } = options;
      if ((file === undefined) === (folder === undefined))
        throw new UsageError('expected either --folder <path> or --file <path>');
      if (file !== undefined) await rotate(file);
      else await keep(folder!, options);
    }),
);

/** By a second name first: should we die in between, the log has two names, and not one byte less. */
async function rotate(file: string): Promise<void> {
  const name = basename(file, '.log');
  if (!file.endsWith('.log') || !/^[\w-]+$/.test(name))
    throw new UsageError(`--file ${file}: expected a name of letters, digits, - and _ that ends in .log`);
  const about = await stat(file);
  if (!about.isFile()) throw new UsageError(`--file ${file}: expected a file`);
  if (about.size === 0) return print(`${file} is empty`);
  const day = new Date().toISOString().slice(0, 10);
  for (let number = 1; ; number += 1) {
    const closed = join(dirname(file), `${name}.${day}.${number}.log`);
    const taken = await Promise.all([`${closed}.gz`].map(isThere));
    if (taken.includes(true) || !(await linked(file, closed))) continue;
    await unlink(file);
    return print(closed);
  }
}

/** False when there is something of this name already. */
async function linked(file: string, closed: string): Promise<boolean> {
  try {
    await link(file, closed);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Who ends a service ends the whole pipe: its last lines come after that, so the end is that of stdin. */
async function keep(folder: string, { name, maxMb, keepFiles, keepDays }: Options): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
  await using destination = await createLogDestination({
    files: {
      ...{ folder, name, keepFiles, keepDays },
      maxFileSizeBytes: maxMb * 1024 * 1024,
      rotateEvery: 'daily',
      compress: true,
    },
    stdout: { write: (line) => void process.stdout.write(line) },
    warn: (error, what) => process.stderr.write(`rotate-logs: ${what} (${messageOf(error)})\n`),
  });
  for await (const line of createInterface({ input: process.stdin })) destination.write(`${line}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
