import { stat } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { script, UsageError } from './script.ts';

export interface LogOptions {
  folder: string;
  name: string;
  json?: true;
}

/** A script that looks after the log files of one service. */
export function logScript(name: string, about: string): Command {
  return script({
    name,
    about,
    failed: 'files could not be read or written',
    more: 'Ended in the middle it loses nothing: run it again.',
  })
    .requiredOption('--folder <path>', 'where the files are')
    .option('--name <name>', 'how their names begin', logName, 'memory-api')
    .option('--json', 'print JSON')
    .hook('preAction', async (command) => refuseNoFolder(command.opts<LogOptions>().folder));
}

export function logArguments({ folder, name, json }: LogOptions): string[] {
  return ['--folder', folder, '--name', name, ...(json ? ['--json'] : [])];
}

/** @throws InvalidArgumentError, which commander tells */
export function logName(text: string): string {
  if (/^[\w-]+$/.test(text)) return text;
  throw new InvalidArgumentError('Expected letters, digits, - and _.');
}

/** One that is not there has no files, says memory-admin; here it is more likely misspelt. */
async function refuseNoFolder(folder: string): Promise<void> {
  const there = await stat(folder).catch(() => undefined);
  if (!there?.isDirectory()) throw new UsageError(`--folder ${folder}: expected a folder, there is none`);
}
