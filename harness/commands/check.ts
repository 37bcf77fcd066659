import { Command } from 'commander';
import { ConfigError, exitCodes } from '../errors.ts';
import { findScenario, listScenarios, loadScenario } from '../scenario/find.ts';
import { durationMs } from '../scenario/timeline.ts';
import type { Context } from './context.ts';

export function checkCommand({ host, exitWith }: Context): Command {
  return new Command('check')
    .description('Validate scenarios; starts nothing.')
    .argument('[scenario...]', 'names or files; all of this folder when none is given')
    .addHelpText('after', '\nExample: ordeal check redis-outage')
    .action(async (asked: string[]) => {
      const files =
        asked.length > 0
          ? asked.map((it) => findScenario(it, host.cwd))
          : listScenarios(host.cwd).map(({ file }) => file);
      if (files.length === 0) host.stdout.write('No scenario here. `ordeal init` writes one.\n');
      for (const file of files) {
        try {
          const { scenario } = await loadScenario(file);
          const seconds = durationMs(scenario) / 1000;
          host.stdout.write(`${scenario.name}: good (${seconds} s, ${scenario.hypothesis.length} SLOs)\n`);
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          host.stderr.write(`ordeal: ${error.message}\n`);
          exitWith(exitCodes.config);
        }
      }
    });
}
