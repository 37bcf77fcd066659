import { ConfigError, InfrastructureError } from '../errors.ts';
import type { ServerKind } from '../scenario/scenario.ts';
import { allParts, findOn } from './find-parts.ts';
import { lock } from './lock.ts';
import {
  type Found,
  type Host,
  hostOf,
  observabilityNames,
  type Part,
  type PartName,
  type Parts,
  partNames,
  type Way,
} from './part.ts';
import { postgresTemplate } from './postgres-template.ts';
import type { Env } from './settings.ts';

export interface SetUpOptions {
  readonly env: Env;
  /** `auto`: PostgreSQL and Redis are got only when `docker` cannot serve them. */
  readonly stack: 'auto' | 'docker' | 'local';
  /** Whether the Docker stack can serve; without it, that an engine answers is enough. */
  readonly docker?: { canServe(kinds: readonly ServerKind[]): Promise<{ able: boolean }> };
  /** Jaeger too. */
  readonly jaeger?: boolean;
  /** All that the observability stack needs and that can be got: Jaeger, Prometheus, Alertmanager, Loki. */
  readonly observability?: boolean;
  /** The person has said yes to changes of the system. */
  readonly yes?: boolean;
  /** Asks the person, where there is one; without it nobody is asked, and the answer is no. */
  readonly ask?: (question: string) => Promise<boolean>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

type Asked = Omit<SetUpOptions, 'env'>;

/**
 * Gets every part that a run needs and that is not there.
 *
 *  1. look for all of them at once; when nothing is missing, that was it
 *  2. let one set-up at a time go on, and look again: another may have got them
 *  3. say what will be done
 *  4. do it, part by part: the ways of a part in their order until one succeeds
 *  5. make the empty database that every run starts from a copy of
 *
 * @throws ConfigError when a path in the environment is wrong, InfrastructureError when a part cannot be had:
 * which, what was tried, what to do.
 */
export async function setUp(options: SetUpOptions): Promise<void> {
  await setUpOn(hostOf(options.env), options);
}

/** The same on a machine that is given. */
export async function setUpOn(host: Host, options: Asked): Promise<void> {
  const looked = options.observability ? [...partNames, ...observabilityNames] : partNames;
  let parts = await findOn(host, looked);
  refuseWrongPaths(parts);
  const needed = await neededParts(options, parts);
  if (missing(needed, parts).length > 0) {
    await using _ = await lock(
      host.settings.cacheFolder,
      () => options.say('another set-up is at work here, waiting for it'),
      options.signal,
    );
    parts = await findOn(host, looked);
    for (const name of missing(needed, parts))
      parts = { ...parts, [name]: await get(name, host, parts, options) };
  }
  if (needed.includes('postgres')) {
    await postgresTemplate(host, parts.postgres!, () => options.say('PostgreSQL: making the empty database'));
  }
}

/** A path that a person wrote by hand and that is wrong is told to them, not worked around. */
function refuseWrongPaths(parts: Parts): void {
  const wrong = Object.values(parts).filter((found) => found?.where === 'environment' && !found.good);
  if (wrong.length > 0) throw new ConfigError(wrong.map((it) => `${it?.problem}; ${it?.mend}.`).join('\n'));
}

async function neededParts(
  { stack, docker, jaeger, observability }: Asked,
  parts: Parts,
): Promise<PartName[]> {
  const needed: PartName[] = ['node', 'k6'];
  if (stack === 'docker') needed.push('docker');
  else if (stack === 'local' || !(await dockerServes(docker, parts))) needed.push('postgres', 'redis');
  if (jaeger || observability) needed.push('jaeger');
  // Grafana cannot be got; without it the data is there all the same.
  if (observability) needed.push(...observabilityNames.filter((name) => name !== 'grafana'));
  return needed;
}

async function dockerServes(docker: SetUpOptions['docker'], parts: Parts): Promise<boolean> {
  if (!parts.docker?.good) return false;
  return docker ? (await docker.canServe(['postgres', 'redis'])).able : true;
}

function missing(needed: readonly PartName[], parts: Parts): PartName[] {
  return needed.filter((name) => !parts[name]?.good);
}

/** @throws InfrastructureError naming the part, what was tried and what to do. */
async function get(name: PartName, host: Host, parts: Parts, options: Asked): Promise<Found> {
  const part = allParts[name];
  const tried: string[] = [];
  for (const way of await part.ways(host, parts)) {
    const failure = await tryWay(way, part.title, options);
    if (failure) {
      tried.push(`- ${way.what}: ${failure}`);
      continue;
    }
    const found = await part.find(host);
    if (found?.good) {
      options.say(`${part.title}: ${found.version} is ready, ${found.path}`);
      return found;
    }
    tried.push(`- ${way.what}: done, but ${found?.problem ?? 'it is still not found'}`);
  }
  throw new InfrastructureError(notHad(part, parts[name], tried));
}

/** Why the way did not succeed; undefined when it did. */
async function tryWay(way: Way, title: string, options: Asked): Promise<string | undefined> {
  if (way.blocked) return way.blocked;
  if (way.asks && !(await agreed(way, title, options))) return 'needs your yes (`--yes`)';
  options.say(`${title}: ${way.what}`);
  try {
    await way.take(options);
    return undefined;
  } catch (error) {
    options.signal.throwIfAborted();
    return (error as Error).message;
  }
}

async function agreed(way: Way, title: string, { yes, ask }: Asked): Promise<boolean> {
  return yes || ((await ask?.(`${title} is missing. May I run: ${way.what}?`)) ?? false);
}

function notHad({ title, mend }: Part, found: Found | undefined, tried: readonly string[]): string {
  const state = found ? `${title} cannot be used: ${found.problem}` : `${title} is missing`;
  const attempts = tried.length > 0 ? ` and could not be had:\n${tried.join('\n')}\n` : '. ';
  const advice = found?.mend ?? mend;
  return `${state}${attempts}What to do: ${advice}.`;
}
