import { InfrastructureError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Parts } from '../setup/part.ts';
import { dockerProvider } from '../stack/docker/docker.ts';
import { imagesFrom } from '../stack/docker/images.ts';
import { localProvider } from '../stack/local/local.ts';
import type { Provider } from '../stack/service.ts';

/** In the order in which `--stack auto` tries them. */
export function providersOf(parts: Parts, env: Host['env']): Provider[] {
  return [dockerOf(parts, env), localProvider(parts, env)];
}

export function dockerOf({ docker }: Parts, env: Host['env']): Provider {
  return dockerProvider({ images: imagesFrom(env), engine: docker });
}

/** @throws InfrastructureError when there is no k6 that can be used. */
export function requireK6({ k6 }: Parts): string {
  if (k6?.good) return k6.path;
  const came = k6 ? `${k6.path} (${k6.problem})` : 'none';
  throw new InfrastructureError(
    `k6 is missing: expected one in K6_BIN, on PATH or in the cache, got ${came}. \`ordeal setup\` gets it.`,
  );
}

/** Of what takes part whatever the stack is; the services' own versions are told when they have started. */
export function versionsOf({ k6, docker }: Parts, stack: Provider['name']): Record<string, string> {
  return {
    ...(k6 ? { k6: k6.version } : {}),
    ...(docker && stack === 'docker' ? { docker: docker.version } : {}),
  };
}
