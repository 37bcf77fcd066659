import { InfrastructureError } from '../../errors.ts';
import type { ServerKind } from '../../scenario/scenario.ts';
import type { Found } from '../../setup/part.ts';
import type { Provider } from '../service.ts';
import { sourceOf } from './image-source.ts';
import type { Images } from './images.ts';
import { jaegerServer } from './jaeger.ts';
import { postgresServer } from './postgres.ts';
import { redisServer } from './redis.ts';

export interface DockerOptions {
  readonly images: Images;
  /** The engine that the set-up found; undefined when none answers. */
  readonly engine: Found | undefined;
  /** From the start of a container to its first answer; 60 s when not said. */
  readonly readyTimeoutMs?: number;
}

const servers = { postgres: postgresServer, redis: redisServer } as const;

/** Dependencies in containers, by Testcontainers, from the official images or whatever carries their contract. */
export function dockerProvider({ images, engine, readyTimeoutMs = 60_000 }: DockerOptions): Provider {
  return {
    name: 'docker',
    async canServe(kinds) {
      if (!engine?.good) return { able: false, why: noEngine(engine) };
      const missing = await imagesNowhere(kinds, images, engine.path);
      return missing.length > 0
        ? {
            able: false,
            why: `${missing.join(' and ')} can neither be found nor pulled (deploy/stand-ins/build.sh builds stand-ins)`,
          }
        : { able: true, why: `Docker ${engine.version} answers at ${engine.path}` };
    },
    async start(name, { kind, image = images[kind] }, context) {
      const { path } = requireGood(engine);
      if ((await sourceOf(image, path)) !== 'engine') context.onNote(`pulling the image ${image}`);
      return start({ server: servers[kind], name, image, readyTimeoutMs }, context);
    },
    async startJaeger(context) {
      const { jaeger: image } = images;
      const source = engine?.good ? await sourceOf(image, engine.path) : 'nowhere';
      if (source === 'registry') context.onNote(`pulling the image ${image}`);
      if (source !== 'nowhere')
        return start({ server: jaegerServer(image), name: 'jaeger', image, readyTimeoutMs }, context);
      context.onNote(`the image ${image} can neither be found nor pulled; traces stay in the run's folder`);
      return undefined;
    },
  };
}

/** Testcontainers takes 0.6 s to load, which a run without Docker need not wait for. */
async function start(...args: Parameters<typeof import('./start.ts')['startContainer']>) {
  const { startContainer } = await import('./start.ts');
  return startContainer(...args);
}

async function imagesNowhere(
  kinds: readonly ServerKind[],
  images: Images,
  dockerHost: string,
): Promise<string[]> {
  const wanted = [...new Set(kinds)].map((kind) => images[kind]);
  const sources = await Promise.all(wanted.map((image) => sourceOf(image, dockerHost)));
  return wanted.filter((_, index) => sources[index] === 'nowhere');
}

function noEngine(engine: Found | undefined): string {
  return engine ? `Docker at ${engine.path}: ${engine.problem}` : 'no Docker engine answers';
}

/** `canServe` says so before; this is for callers who did not ask. */
function requireGood(engine: Found | undefined): Found {
  if (engine?.good) return engine;
  throw new InfrastructureError(`${noEngine(engine)}. Start one, or use --stack local.`);
}
