import { createInterface } from 'node:readline/promises';
import { Command, Option } from 'commander';
import { exitCodes } from '../errors.ts';
import type { Host } from '../host.ts';
import { findParts } from '../setup/find-parts.ts';
import { setUp } from '../setup/set-up.ts';
import { type StackChoice, stackChoices } from '../stack/stack.ts';
import type { Context } from './context.ts';
import { providersOf } from './providers.ts';

interface SetupOptions {
  stack: StackChoice;
  jaeger: boolean;
  observability: boolean;
  yes: boolean;
}

export function setupCommand({ host, exitWith }: Context): Command {
  return new Command('setup')
    .description('Find or get every part that a run needs.')
    .addOption(
      new Option('--stack <stack>', 'which stack to prepare').choices([...stackChoices]).default('auto'),
    )
    .option('--jaeger', 'build Jaeger too (with Go, about 90 s)', false)
    .option(
      '--observability',
      'get Prometheus, Alertmanager, Loki and Jaeger too (built: about 10 min)',
      false,
    )
    .option('--yes', 'do not ask before the system’s package manager is used', false)
    .addHelpText('after', '\nExample: ordeal setup --jaeger')
    .action(async (options: SetupOptions) => {
      const controller = new AbortController();
      const release = host.onSignal((signal) => {
        exitWith(signal === 'SIGINT' ? exitCodes.sigint : exitCodes.sigterm);
        controller.abort();
      });
      const docker = providersOf(await findParts(host.env), host.env).find(({ name }) => name === 'docker');
      try {
        await setUp({
          env: host.env,
          ...options,
          ...(docker ? { docker } : {}),
          ...(host.stdin.isTTY && host.stdout.isTTY ? { ask: (it) => ask(it, host, controller.signal) } : {}),
          say: (line) => void host.stdout.write(`${line}\n`),
          signal: controller.signal,
        });
      } catch (error) {
        if (!controller.signal.aborted) throw error;
        host.stderr.write('ordeal: interrupted; the set-up can be started again.\n');
      } finally {
        release();
      }
    });
}

async function ask(question: string, { stdin, stdout }: Host, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: stdin, output: stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
  }
}
