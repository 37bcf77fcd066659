import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { formats, render } from '../../reports/index.ts';
import { UsageError } from '../errors.ts';
import { readJournal } from '../journal/read.ts';
import { realParts } from '../run/parts.ts';
import { type RunResult, run } from '../run/run.ts';
import { findScenario, loadScenario } from '../scenario/find.ts';
import { durationMs } from '../scenario/timeline.ts';
import { findParts } from '../setup/find-parts.ts';
import { hostOf } from '../setup/part.ts';
import { chooseProvider, type StackChoice, serversOf, stackChoices } from '../stack/stack.ts';
import { findObserving } from '../up/observing.ts';
import { version } from '../version.ts';
import type { Context } from './context.ts';
import { providersOf, requireK6, versionsOf } from './providers.ts';
import { type Screen, screenOf } from './screen.ts';

interface Options {
  seed?: number;
  stack: StackChoice;
  runs: string;
  keep: boolean;
  observe: boolean;
}

const largestSeed = 2 ** 31 - 1;

export function runCommand({ host, exitWith }: Context): Command {
  return new Command('run')
    .description('Run a scenario: start its stack, put the target through load and faults, judge.')
    .argument('<scenario>', 'its name, or a path to its file or folder')
    .option('--seed <number>', 'replays the run that had it; a new one when not given', parseSeed)
    .addOption(
      new Option('--stack <stack>', 'how dependencies are started')
        .choices([...stackChoices])
        .default('auto'),
    )
    .option('--runs <folder>', 'where runs are kept', 'runs')
    .option('--keep', 'keep Jaeger running after the verdict, until Ctrl-C', false)
    .option('--observe', 'report into the stack of `ordeal up` or docker compose too', false)
    .addHelpText('after', '\nExample: ordeal run redis-outage --stack local --seed 42')
    .action(async (asked: string, options: Options) => {
      const loaded = await loadScenario(findScenario(asked, host.cwd));
      const { scenario } = loaded;
      const screen = screenOf(host);
      const observing = options.observe ? await findObserving() : undefined;
      const seed = options.seed ?? randomInt(1, largestSeed);
      const parts = await findParts(host.env);
      const k6 = requireK6(parts);
      const providers = providersOf(parts, host.env);
      const { provider, why } = await chooseProvider(options.stack, providers, serversOf(scenario.stack));
      screen.step(`${scenario.name}: ${scenario.description}`);
      screen.step(`stack ${provider.name}: ${why}`);
      screen.step(
        `seed ${seed}, ${durationMs(scenario) / 1000} s at ${scenario.load.ratePerSecond} requests/s`,
      );
      const order = {
        loaded,
        seed,
        provider,
        runsFolder: resolve(host.cwd, options.runs),
        k6,
        cacheFolder: hostOf(host.env).settings.cacheFolder,
        keepsJaeger: options.keep,
        ...(observing && { observing }),
        versions: { ordeal: version, node: process.version.slice(1), ...versionsOf(parts, provider.name) },
        replay: replayOf(asked, seed, provider.name, options),
      };
      const verdict = await run(order, host, realParts, screen, async (result) => {
        show(result, screen, host.cwd);
        if (options.keep && result.verdict.ending.kind !== 'interrupted')
          await keep(result, screen, host.onSignal);
      });
      exitWith(verdict.exitCode);
    });
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed <= largestSeed) return seed;
  throw new UsageError(`--seed must be a whole number from 0 to ${largestSeed}, got "${text}".`);
}

function replayOf(asked: string, seed: number, stack: string, { runs }: Options): string {
  return [
    `npx ordeal run ${quote(asked)} --seed ${seed} --stack ${stack}`,
    ...(runs === 'runs' ? [] : [`--runs ${quote(runs)}`]),
  ].join(' ');
}

function quote(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Every report into the run's folder, the one for people on the screen. */
function show({ verdict, folder }: RunResult, screen: Screen, cwd: string): void {
  const shown = relative(cwd, folder) || folder;
  for (const { name, fileName } of formats) {
    if (name === 'json') continue;
    writeFileSync(
      join(folder, fileName),
      render(name, { entries: readJournal(folder), verdict, folder: shown }),
    );
  }
  screen.print(
    `\n${render('text', { entries: readJournal(folder), verdict, folder: shown }, { colour: screen.colour })}`,
  );
}

async function keep(
  { jaeger }: RunResult,
  screen: Screen,
  onSignal: Context['host']['onSignal'],
): Promise<void> {
  if (!jaeger?.ports) return screen.print('Nothing to keep: there is no Jaeger.');
  screen.print(`Jaeger stays at http://127.0.0.1:${jaeger.ports.query} until Ctrl-C.`);
  await new Promise<void>((resolve) => {
    const release = onSignal(() => {
      release();
      resolve();
    });
  });
}
