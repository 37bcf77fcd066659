import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { defaultImages } from '../stack/docker/images.ts';
import { observabilityImages } from './observability-images.ts';

/** The environment of the person who called us, as `process.env` has it. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A path that the person gave by hand, with the variable that carried it. */
export interface Explicit {
  readonly variable: string;
  readonly path: string;
}

/** The variable with the path of each part. */
const variables = {
  k6: 'K6_BIN',
  redis: 'REDIS_SERVER_BIN',
  postgres: 'POSTGRES_BIN_DIR',
  jaeger: 'JAEGER_BIN',
  prometheus: 'PROMETHEUS_BIN',
  promtool: 'PROMTOOL_BIN',
  alertmanager: 'ALERTMANAGER_BIN',
  amtool: 'AMTOOL_BIN',
  loki: 'LOKI_BIN',
  grafana: 'GRAFANA_BIN',
} as const;

/** What the room `setup` reads from the environment; nothing else in it reads the environment. */
export interface Settings {
  /** `K6_BIN`, `REDIS_SERVER_BIN`, `JAEGER_BIN`, … name a program, `POSTGRES_BIN_DIR` a folder with `initdb`. */
  readonly explicit: Readonly<Record<keyof typeof variables, Explicit | undefined>>;
  /** The folders of `PATH`. */
  readonly searchPath: readonly string[];
  /**
   * Where what was got is kept: `ORDEAL_CACHE_DIR`, or `/var/cache/ordeal` for root (whose home other users
   * cannot reach, and PostgreSQL must), or `ordeal` in `XDG_CACHE_HOME` or `~/.cache`.
   */
  readonly cacheFolder: string;
  /** `ORDEAL_K6_IMAGE`: the image that k6 is copied out of. */
  readonly k6Image: string;
  /** `ORDEAL_PROMETHEUS_IMAGE`, `ORDEAL_LOKI_IMAGE`, …: what the programs are copied out of. */
  readonly images: Readonly<Record<'prometheus' | 'alertmanager' | 'loki' | 'jaeger', string>>;
  /** `DOCKER_HOST`, then the sockets that engines listen on, in the order in which they are tried. */
  readonly dockerHosts: readonly string[];
}

export function readSettings(env: Env, uid: number): Settings {
  return {
    explicit: explicitIn(env),
    searchPath: (env.PATH ?? '').split(delimiter).filter(Boolean),
    cacheFolder: cacheFolder(env, uid),
    k6Image: env.ORDEAL_K6_IMAGE || defaultImages.k6,
    images: {
      jaeger: env.ORDEAL_JAEGER_IMAGE || defaultImages.jaeger,
      prometheus: env.ORDEAL_PROMETHEUS_IMAGE || observabilityImages.prometheus,
      alertmanager: env.ORDEAL_ALERTMANAGER_IMAGE || observabilityImages.alertmanager,
      loki: env.ORDEAL_LOKI_IMAGE || observabilityImages.loki,
    },
    dockerHosts: dockerHosts(env),
  };
}

function explicitIn(env: Env): Settings['explicit'] {
  const entries = Object.entries(variables).map(([part, variable]) => {
    const path = env[variable];
    return [part, path ? { variable, path } : undefined];
  });
  return Object.fromEntries(entries);
}

function cacheFolder(env: Env, uid: number): string {
  if (env.ORDEAL_CACHE_DIR) return env.ORDEAL_CACHE_DIR;
  if (uid === 0) return '/var/cache/ordeal';
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'ordeal');
}

/** The same places, in the same order, as Testcontainers looks in. */
function dockerHosts(env: Env): string[] {
  if (env.DOCKER_HOST) return [env.DOCKER_HOST];
  const home = env.HOME || homedir();
  const sockets = ['/var/run/docker.sock', join(home, '.docker/run/docker.sock')];
  if (env.XDG_RUNTIME_DIR) sockets.push(join(env.XDG_RUNTIME_DIR, 'docker.sock'));
  return sockets.map((socket) => `unix://${socket}`);
}
