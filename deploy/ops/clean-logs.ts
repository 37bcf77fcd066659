import { whole } from '../../examples/memory-api/admin/options.ts';
import { logArguments, logScript } from './kit/log-script.ts';
import { becomeMemoryAdmin } from './kit/memory-admin.ts';
import { start } from './kit/script.ts';

await start(
  logScript('clean-logs', 'Removes log files that are too old or too many, never the one in use.')
    .option('--keep-files <n>', 'files beside those in use', whole(0), 30)
    .option('--keep-days <n>', 'days since a file was last written to', whole(0), 30)
    .action(({ keepFiles, keepDays, ...options }) =>
      becomeMemoryAdmin([
        ...['logs', 'clean', ...logArguments(options)],
        ...['--keep-files', String(keepFiles), '--keep-days', String(keepDays)],
      ]),
    ),
);
