import { InfrastructureError, UsageError } from '../errors.ts';
import type { ServerKind, ServiceSpec } from '../scenario/scenario.ts';
import { type Home, startProgram } from './program.ts';
import type { Provider, Service, StartContext } from './service.ts';

/** The dependencies of one run, all started. Disposing stops every one. */
export interface Stack extends AsyncDisposable {
  readonly services: ReadonlyMap<string, Service>;
  /** Resolves when one ended without being asked to; never, when none does. */
  readonly broken: Promise<InfrastructureError>;
}

/**
 * Starts all services at once: servers by the provider, the scenario's own programs at `home`. When one fails, those
 * that started are stopped before its error is thrown.
 * @throws InfrastructureError of the first that failed.
 */
export async function startStack(
  provider: Provider,
  specs: Readonly<Record<string, ServiceSpec>>,
  context: StartContext,
  home: Home,
): Promise<Stack> {
  const results = await Promise.allSettled(
    Object.entries(specs).map(([name, spec]) =>
      spec.kind === 'http' ? startProgram(name, spec, context, home) : provider.start(name, spec, context),
    ),
  );
  const started = results.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
  let stopping = false;
  const stop = async () => {
    stopping = true;
    await Promise.all(started.map((service) => service[Symbol.asyncDispose]()));
  };
  const failed = results.find((it) => it.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return {
    services: new Map(started.map((service) => [service.name, service])),
    broken: new Promise((resolve) => {
      for (const service of started)
        void service.ended.then((how) => (stopping ? undefined : whyBroken(service, how).then(resolve)));
    }),
    [Symbol.asyncDispose]: stop,
  };
}

async function whyBroken(service: Service, how: string): Promise<InfrastructureError> {
  const log = (await service.logTail()) || '(empty)';
  return new InfrastructureError(
    `${service.version} "${service.name}" ended in the middle of the run (${how}); expected it to go on. The end of its log:\n${log}`,
  );
}

export type StackChoice = 'auto' | Provider['name'];
export const stackChoices: readonly StackChoice[] = ['auto', 'docker', 'local'];

/** What a provider has to start. */
export function serversOf(specs: Readonly<Record<string, ServiceSpec>>): ServerKind[] {
  return Object.values(specs).flatMap(({ kind }) => (kind === 'http' ? [] : [kind]));
}

/** The provider for a run, and why it was taken. `auto` takes the first that can serve. */
export async function chooseProvider(
  choice: StackChoice,
  providers: readonly Provider[],
  kinds: readonly ServerKind[],
): Promise<{ provider: Provider; why: string }> {
  const reasons: string[] = [];
  for (const provider of providers) {
    if (choice !== 'auto' && provider.name !== choice) continue;
    const { able, why } = await provider.canServe(kinds);
    if (able) return { provider, why: [...reasons, why].join('; ') };
    reasons.push(`${provider.name} cannot: ${why}`);
  }
  if (reasons.length === 0)
    throw new UsageError(`--stack must be one of ${stackChoices.join(', ')}, got "${choice}".`);
  throw new InfrastructureError(
    `No stack can start ${kinds.join(' and ')}: ${reasons.join('; ')}. \`ordeal doctor\` shows what is missing.`,
  );
}
