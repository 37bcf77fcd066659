import { Command } from 'commander';
import { type AdminContext, report } from './context.ts';
import { readStatus, refuseNotReady, statusLines } from './status.ts';

/** How a service that runs is: its dependencies, its pool. */
export function statusCommand(context: AdminContext): Command {
  return new Command('status')
    .description('how the running service is: dependencies, pool of connections')
    .option('--url <url>', 'where it listens; HOST and PORT say so when it is not given')
    .option('--json', 'print JSON')
    .action(async ({ url, json }: { url?: string; json?: boolean }) => {
      const status = await readStatus(url ?? context.serviceUrl());
      await report(context, { ...(json && { json }) }, status.data, statusLines(status));
      refuseNotReady(status);
    });
}
