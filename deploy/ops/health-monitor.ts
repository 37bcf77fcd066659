import { setTimeout as pause } from 'node:timers/promises';
import { whole } from '../../examples/memory-api/admin/options.ts';
import { type Look, look, lookLine } from './deployment/look.ts';
import { script, span, start } from './kit/script.ts';
import { addressesHelp, readAddresses } from './kit/settings.ts';
import { StoppedError, stoppable } from './kit/stopping.ts';

interface Options {
  every: number;
  for?: number;
  once?: true;
  failures: number;
  json?: true;
}

await start(
  script({
    name: 'health-monitor',
    about: 'Looks at the service again and again: is it ready, what of its dependencies, which alerts fire.',
    failed: 'it was not ready so many times in a row',
    more: `One line for each look, until it is ended. Being ended is no failure.\n${addressesHelp}`,
  })
    .option('--every <span>', 'between two looks', span, 10_000)
    .option('--for <span>', 'end after this time', span)
    .option('--once', 'look once: the same as --failures 1 and an end after the first look')
    .option('--failures <n>', 'end when it was not ready so many times in a row', whole(1), 3)
    .option('--json', 'print a line of JSON for each look')
    .action(async (options: Options) => {
      const addresses = readAddresses();
      const watch = (signal: AbortSignal) => monitor(options, () => look(addresses), signal);
      await stoppable(watch).catch((error) => {
        if (!(error instanceof StoppedError)) throw error;
      });
    }),
);

/** @throws Error when it was not ready too often */
async function monitor(options: Options, see: () => Promise<Look>, signal: AbortSignal): Promise<void> {
  const most = options.once ? 1 : options.failures;
  const endMs = options.for === undefined ? Number.POSITIVE_INFINITY : performance.now() + options.for;
  let inARow = 0;
  for (;;) {
    const seen = await see();
    process.stdout.write(`${options.json ? JSON.stringify(seen) : lookLine(seen)}\n`);
    inARow = seen.ready ? 0 : inARow + 1;
    if (inARow >= most)
      throw new Error(
        most === 1 ? 'the service is not ready' : `the service was not ready ${most} times in a row`,
      );
    if (options.once || performance.now() + options.every > endMs) return;
    await pause(options.every, undefined, { signal });
  }
}
