import { logArguments, logScript } from './kit/log-script.ts';
import { becomeMemoryAdmin } from './kit/memory-admin.ts';
import { start } from './kit/script.ts';

/** The service does it itself whenever it begins a file; this is for the files of others, and for now. */
await start(
  logScript('archive-logs', 'Compresses every log file that is not in use.').action((options) =>
    becomeMemoryAdmin(['logs', 'archive', ...logArguments(options)]),
  ),
);
