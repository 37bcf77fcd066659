import { runProgram } from './commands/program.ts';
import { exitCodes } from './errors.ts';
import { processHost } from './host.ts';

// Whoever read our output may have gone (`ordeal run | head`): that is no reason to leave a run half done.
process.stdout.on('error', ignoreBrokenPipe);
process.stderr.on('error', ignoreBrokenPipe);

// A bug of ours must not look like a violated SLO (Node's own exit code would be 1). The watchdog undoes what is left.
process.on('uncaughtException', (error) => {
  process.stderr.write(`ordeal: a bug of ours: ${error.stack ?? error}\n`);
  process.exit(exitCodes.harness);
});

const code = await runProgram(process.argv.slice(2), processHost());
// What is still under way (an image that is being pulled) must not hold the process.
process.stdout.write('', () => process.exit(code));

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
