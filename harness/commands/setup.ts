import { Command, Option } from 'commander';
import { setUp } from '../setup/set-up.ts';
import { type StackChoice, stackChoices } from '../stack/stack.ts';
import type { Context } from './program.ts';

export function setupCommand({ host }: Context): Command {
  return new Command('setup')
    .description('Find or get every part that a run needs.')
    .addOption(
      new Option('--stack <stack>', 'which stack to prepare').choices([...stackChoices]).default('auto'),
    )
    .option('--jaeger', 'build Jaeger too (with Go, about 90 s)', false)
    .option('--yes', 'do not ask before the system’s package manager is used', false)
    .addHelpText('after', '\nExample: ordeal setup --jaeger')
    .action(async (options: { stack: StackChoice; jaeger: boolean; yes: boolean }) => {
      const controller = new AbortController();
      const release = host.onSignal((signal) => controller.abort(new Error(`interrupted by ${signal}`)));
      const say = (line: string) => void host.stdout.write(`${line}\n`);
      await setUp({ env: host.env, ...options, say, signal: controller.signal }).finally(release);
    });
}
