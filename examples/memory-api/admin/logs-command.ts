import { Command, InvalidArgumentError } from 'commander';
import { archiveLogs } from '../logs/archive.ts';
import { cleanLogs, type Retention } from '../logs/clean.ts';
import type { LogFolder } from '../logs/log-folder.ts';
import { type AdminContext, type CommonOptions, report } from './context.ts';
import { whole } from './options.ts';

/** The log files of the service, also while it runs: the files in use are left alone. */
export function logsCommand(context: AdminContext): Command {
  const told = (options: CommonOptions, word: string, paths: readonly string[]) =>
    report(
      context,
      options,
      { [word]: paths },
      paths.length > 0 ? paths.map((path) => `${word} ${path}`) : ['nothing to do'],
    );
  return new Command('logs')
    .description('the log files')
    .addCommand(
      filesCommand('archive')
        .description('compress every file that is not in use')
        .action(async (options: CommonOptions & LogFolder) =>
          told(options, 'archived', await archiveLogs(options)),
        ),
    )
    .addCommand(
      filesCommand('clean')
        .description('remove what is too old or too much')
        .option('--keep-files <n>', 'files beside those in use', whole(0), 30)
        .option('--keep-days <n>', 'days since a file was last written to', whole(0), 30)
        .action(async (options: CommonOptions & LogFolder & Retention) =>
          told(options, 'removed', await cleanLogs(options, options)),
        ),
    );
}

function filesCommand(name: string): Command {
  return new Command(name)
    .requiredOption('--folder <path>', 'where the files are')
    .option('--name <name>', 'how their names begin', fileName, 'memory-api')
    .option('--json', 'print JSON');
}

function fileName(text: string): string {
  if (/^[\w-]+$/.test(text)) return text;
  throw new InvalidArgumentError('Expected letters, digits, - and _.');
}
