import type { Reach } from '../faults/fault.ts';
import type { Link } from '../proxy/link.ts';
import { openLink } from '../proxy/open-link.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { serviceUrl } from '../stack/service.ts';
import type { Stack } from '../stack/stack.ts';

/** Every link of a run, by the name of its service. */
export interface Links extends Reach, AsyncDisposable {
  readonly all: readonly Link[];
  /** What stands for `{redis.url}`, `{redis.host}` and `{redis.port}` in the target's environment. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** Opens a link in front of each service of the stack. */
export async function openLinks(scenario: Scenario, stack: Stack, seed: number): Promise<Links> {
  const { cache } = scenario;
  const opening = Object.entries(scenario.stack).map(([name, { kind }]) => {
    const { host, port } = stack.services.get(name)!;
    return openLink({
      name,
      protocol: kind === 'redis' ? 'redis' : 'opaque',
      ...(cache?.link === name ? { cacheKeys: cache.keys } : {}),
      upstream: { host, port },
      seed,
    });
  });
  const all = await Promise.all(opening);
  const byName = new Map(all.map((link) => [link.name, link]));
  const kind = (name: string) => scenario.stack[name]!.kind;
  return {
    all,
    kind,
    link: (name) => byName.get(name)!,
    addresses: Object.fromEntries(
      all.flatMap((link) => addressesOf(link, serviceUrl(kind(link.name), link.host, link.port))),
    ),
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((link) => link[Symbol.asyncDispose]()));
    },
  };
}

/** What stands for a dependency in the target's environment, wherever it is reached. */
export function addressesOf(
  { name, host, port }: Pick<Link, 'name' | 'host' | 'port'>,
  url: string,
): [string, string][] {
  return [
    [`${name}.url`, url],
    [`${name}.host`, host],
    [`${name}.port`, String(port)],
  ];
}
