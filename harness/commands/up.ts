import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { exitCodes, InfrastructureError, UsageError } from '../errors.ts';
import type { Host } from '../host.ts';
import { findScenario, loadScenario } from '../scenario/find.ts';
import { allParts, findAllParts } from '../setup/find-parts.ts';
import { hostOf, type Parts } from '../setup/part.ts';
import { chooseProvider, type StackChoice, serversOf, stackChoices } from '../stack/stack.ts';
import { type ObservabilityService, observabilityServices } from '../up/observability.ts';
import { parsePorts } from '../up/ports.ts';
import { type Up, type UpOrder, up } from '../up/up.ts';
import type { Context } from './context.ts';
import { providersOf } from './providers.ts';
import { type Screen, screenOf } from './screen.ts';

interface Options {
  only?: string;
  ports?: string;
  logs?: string;
  secrets?: string;
  stack: StackChoice;
}

/** What is watched when nobody says what; of a folder of one's own it is the scenario in it. */
const usualScenario = 'steady-state';

const names = ['service', ...observabilityServices] as const;
type Name = (typeof names)[number];

export function upCommand({ host, exitWith }: Context): Command {
  return new Command('up')
    .description(
      'Start a scenario’s service with its dependencies, and what a person looks at it with: Prometheus,\n' +
        'Alertmanager, Loki, Jaeger, Grafana, as far as they are here. It stays until Ctrl-C; nothing is left.',
    )
    .argument('[scenario]', 'whose service it is: a name, or a path to its file or folder')
    .option('--only <names>', `with commas between, of: ${names.join(', ')}`)
    .option('--ports <ports>', '`free`, or name=port with commas between: prometheus=9091,loki=3101')
    .option('--logs <folder>', 'where the logs of everything are kept')
    .option('--secrets <folder>', 'with what Alertmanager tells people; else deploy/secrets')
    .addOption(
      new Option('--stack <stack>', 'how dependencies are started')
        .choices([...stackChoices])
        .default('auto'),
    )
    .addHelpText('after', '\nExamples: ordeal up\n          ordeal up --only prometheus,loki --ports free')
    .action(async (asked: string | undefined, options: Options) => {
      const screen = screenOf(host);
      const order = await orderOf(asked, options, host, screen);
      const ending = new AbortController();
      let ready = false;
      const release = host.onSignal((signal) => {
        if (ending.signal.aborted) process.exit(signal === 'SIGINT' ? exitCodes.sigint : exitCodes.sigterm);
        if (!ready) exitWith(signal === 'SIGINT' ? exitCodes.sigint : exitCodes.sigterm);
        ending.abort(new Error(`interrupted by ${signal}`));
      });
      try {
        await up(order, host, screen, ending.signal, async (it) => {
          ready = true;
          screen.print(addresses(it));
          await untilEnded(it, ending.signal, screen);
        });
      } catch (error) {
        if (!ending.signal.aborted) throw error;
        screen.step('interrupted before everything was up; all of it has stopped');
      } finally {
        release();
      }
    });
}

async function orderOf(
  asked: string | undefined,
  { only, ports, logs, secrets, stack }: Options,
  host: Host,
  screen: Screen,
): Promise<UpOrder> {
  const wanted = only === undefined ? undefined : parseNames(only);
  const chosenPorts = await parsePorts(ports);
  const file = wanted === undefined || wanted.includes('service') ? scenarioFile(asked, host.cwd) : undefined;
  const loaded = file === undefined ? undefined : await loadScenario(file);
  const parts = await findAllParts(host.env);
  const services = observabilityServices.filter((name) => starts(name, wanted, parts, screen));
  const kinds = loaded ? serversOf(loaded.scenario.stack) : [];
  const chosen = loaded && (await chooseProvider(stack, providersOf(parts, host.env), kinds));
  if (chosen) screen.step(`stack ${chosen.provider.name}: ${chosen.why}`);
  return {
    ...{ parts, services, ports: chosenPorts },
    target: loaded && chosen ? { loaded, provider: chosen.provider } : undefined,
    files: secrets === undefined ? {} : { secrets: resolve(host.cwd, secrets) },
    logsFolder: logs === undefined ? undefined : resolve(host.cwd, logs),
    cacheFolder: hostOf(host.env).settings.cacheFolder,
  };
}

function parseNames(text: string): Name[] {
  const given = text.split(',').map((it) => it.trim());
  const unknown = given.filter((it) => !(names as readonly string[]).includes(it));
  if (unknown.length === 0) return given as Name[];
  throw new UsageError(`--only must be names of ${names.join(', ')} with commas between, got "${text}".`);
}

/** What nobody named is started when it is here; what is named has to be here. */
function starts(
  name: ObservabilityService,
  wanted: readonly Name[] | undefined,
  parts: Parts,
  screen: Screen,
): boolean {
  const found = parts[name];
  if (wanted && !wanted.includes(name)) return false;
  if (found?.good) return true;
  const { title, mend } = allParts[name];
  const what = found ? `cannot be used: ${found.problem}` : 'was not found';
  const problem = `${title} ${what}. What to do: ${found?.mend ?? mend}.`;
  if (wanted) throw new InfrastructureError(problem);
  screen.step(`left out: ${problem}`);
  return false;
}

/** @throws UsageError when there is none of that name, or none at all. */
function scenarioFile(asked: string | undefined, cwd: string): string {
  if (asked !== undefined) return findScenario(asked, cwd);
  return findScenario(
    ['scenario.ts', 'scenario.mts'].some((it) => existsSync(resolve(cwd, it))) ? '.' : usualScenario,
    cwd,
  );
}

function addresses({ stack, service }: Up): string {
  const { services, ports } = stack;
  const rows = [...services.keys()].map((name) => [allParts[name].title, stack.url(name)]);
  if (services.has('jaeger')) rows.push(['  takes OTLP', stack.url('otlp')]);
  if (service) {
    rows.unshift([service.name, service.url], ['  its metrics', `http://127.0.0.1:${ports.metrics}/metrics`]);
    for (const [name, url] of service.dependencies) rows.push([name, url]);
  }
  const width = Math.max(...rows.map(([name]) => name!.length));
  const lines = rows.map(([name, url]) => `  ${name!.padEnd(width)}  ${url}`);
  return `\n${lines.join('\n')}\n\nCtrl-C stops everything. \`ordeal run <scenario> --observe\` reports here.`;
}

/** What ends by itself is told; the rest goes on without it. */
async function untilEnded({ stack, service }: Up, signal: AbortSignal, screen: Screen): Promise<void> {
  const asked = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  const watch = async (ended: Promise<string>) => {
    const how = await ended;
    if (!signal.aborted) screen.step(how);
  };
  for (const it of stack.services.values())
    void watch(
      it.ended.then(
        async (how) =>
          `${it.version} has ended (${how}), the others go on. The end of its log:\n${await it.logTail()}`,
      ),
    );
  if (service) void watch(service.broken);
  await asked;
}
