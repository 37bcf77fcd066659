import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { render } from '../../reports/index.ts';
import { readJournal } from '../journal/read.ts';
import { judge } from '../verdict/judge.ts';
import { verdictText } from '../verdict/text.ts';
import type { Context } from './context.ts';
import { runFolder } from './run-folder.ts';

export function judgeCommand({ host, exitWith }: Context): Command {
  return new Command('judge')
    .description('Judge a run again from its journal, and write its verdict.json.')
    .argument('<run>', 'folder of the run, or a scenario’s name for its latest run')
    .option('--runs <folder>', 'where runs are kept', 'runs')
    .addHelpText('after', '\nExample: ordeal judge runs/redis-outage/2026-11-21T06-00-00.000Z')
    .action((asked: string, options: { runs: string }) => {
      const folder = runFolder(asked, options.runs, host.cwd);
      const verdict = judge(readJournal(folder));
      writeFileSync(join(folder, 'verdict.json'), verdictText(verdict));
      host.stdout.write(render('text', { entries: readJournal(folder), verdict, folder }));
      exitWith(verdict.exitCode);
    });
}
