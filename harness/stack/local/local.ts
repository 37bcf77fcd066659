import { InfrastructureError } from '../../errors.ts';
import type { ServerKind } from '../../scenario/scenario.ts';
import { allParts } from '../../setup/find-parts.ts';
import { type Found, hostOf, type Parts } from '../../setup/part.ts';
import type { Env } from '../../setup/settings.ts';
import type { Provider, StartContext } from '../service.ts';
import { jaegerServer } from './jaeger.ts';
import { postgresServer } from './postgres.ts';
import { redisServer } from './redis.ts';
import { startServer } from './server.ts';

/** Dependencies as child processes, from the programs that the set-up found. */
export function localProvider(parts: Pick<Parts, 'postgres' | 'redis' | 'jaeger'>, env: Env): Provider {
  const host = hostOf(env);
  return {
    name: 'local',
    async canServe(kinds) {
      const wanted = [...new Set(kinds)];
      const problems = wanted.flatMap((kind) => problemOf(kind, parts[kind]));
      if (problems.length > 0) return { able: false, why: problems.join('; ') };
      const names = wanted.map((kind) => nameOf(kind, parts[kind]!)).join(' and ');
      return { able: true, why: `${names || "the scenario's own programs"} as local processes` };
    },
    start(name, { kind }, context) {
      const found = requireGood(kind, parts[kind]);
      const server = kind === 'postgres' ? postgresServer(found, host) : redisServer(found);
      return startServer(server, name, context);
    },
    async startJaeger(context: StartContext) {
      if (parts.jaeger?.good) return startServer(jaegerServer(parts.jaeger), 'jaeger', context);
      context.onNote(`${problemOf('jaeger', parts.jaeger)}; traces stay in the run's folder`);
      return undefined;
    },
  };
}

/** Empty when there is none. */
function problemOf(kind: ServerKind | 'jaeger', found: Found | undefined): string[] {
  const { title, mend } = allParts[kind];
  if (!found) return [`${title} was not found (${mend})`];
  return found.good ? [] : [`${title}: ${found.problem} (${found.mend})`];
}

function nameOf(kind: ServerKind, { version, where }: Found): string {
  return `${allParts[kind].title} ${version} (${where})`;
}

/** `canServe` says so before; this is for callers who did not ask. */
function requireGood(kind: ServerKind, found: Found | undefined): Found {
  if (found?.good) return found;
  throw new InfrastructureError(`${problemOf(kind, found)}.`);
}
