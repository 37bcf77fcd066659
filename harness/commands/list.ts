import { Command } from 'commander';
import { listScenarios, loadScenario } from '../scenario/find.ts';
import type { Context } from './context.ts';

export function listCommand({ host }: Context): Command {
  return new Command('list')
    .description('List the scenarios of this folder.')
    .addHelpText('after', '\nExample: ordeal list')
    .action(async () => {
      const found = listScenarios(host.cwd);
      const rows = await Promise.all(
        found.map(async ({ name, file }) => `${name.padEnd(24)} ${await describe(file)}`),
      );
      const none = 'No scenario here. `ordeal init` writes one for the service in this folder.';
      host.stdout.write(`${rows.join('\n') || none}\n`);
    });
}

async function describe(file: string): Promise<string> {
  try {
    return (await loadScenario(file)).scenario.description;
  } catch {
    return '(has problems: ordeal check)';
  }
}
