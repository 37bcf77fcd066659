import { InfrastructureError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Parts } from '../setup/part.ts';
import { dockerProvider } from '../stack/docker/docker.ts';
import { imagesFrom } from '../stack/docker/images.ts';
import { localProvider } from '../stack/local/local.ts';
import type { Provider } from '../stack/service.ts';

/** In the order in which `--stack auto` tries them. */
export function providersOf(parts: Parts, env: Host['env']): Provider[] {
  return [dockerProvider({ images: imagesFrom(env), engine: parts.docker }), localProvider(parts, env)];
}

/** @throws InfrastructureError when there is no k6 that can be used. */
export function requireK6({ k6 }: Parts): string {
  if (k6?.good) return k6.path;
  const came = k6 ? `${k6.path} (${k6.problem})` : 'none';
  throw new InfrastructureError(
    `k6 is missing: expected one in K6_BIN, on PATH or in the cache, got ${came}. \`ordeal setup\` gets it.`,
  );
}

export function versionsOf(parts: Parts): Record<string, string> {
  const good = Object.entries(parts).flatMap(([name, it]) => (it?.good ? [[name, it.version] as const] : []));
  return Object.fromEntries(good.filter(([name]) => name !== 'go' && name !== 'node'));
}
