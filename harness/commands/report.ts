import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { type FormatName, formats, render } from '../../reports/index.ts';
import { readJournal } from '../journal/read.ts';
import { judge } from '../verdict/judge.ts';
import type { Context } from './context.ts';
import { runFolder } from './run-folder.ts';

export function reportCommand({ host }: Context): Command {
  const names = formats.map(({ name }) => name);
  return new Command('report')
    .description('Render a run again from its journal.')
    .argument('<run>', 'folder of the run, or a scenario’s name for its latest run')
    .addOption(new Option('--format <format>', 'what to render').choices(names).default('text'))
    .option('--output <file>', 'write here instead of to the terminal')
    .option('--runs <folder>', 'where runs are kept', 'runs')
    .addHelpText('after', '\nExample: ordeal report redis-outage --format html --output report.html')
    .action((asked: string, options: { format: FormatName; output?: string; runs: string }) => {
      const folder = runFolder(asked, options.runs, host.cwd);
      const verdict = judge(readJournal(folder));
      const text = render(options.format, { entries: readJournal(folder), verdict, folder });
      if (options.output) writeFileSync(resolve(host.cwd, options.output), text);
      else host.stdout.write(text);
    });
}
