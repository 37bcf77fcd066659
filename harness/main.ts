import { runProgram } from './commands/program.ts';
import { processHost } from './host.ts';

process.exitCode = await runProgram(process.argv.slice(2), processHost());
