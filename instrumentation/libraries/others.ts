import nodeModule, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { complain, reason } from '../complain.ts';
import { hooksWork } from '../hooks/which-node.ts';
import type { Settings } from '../settings/settings.ts';
import { packagesOf } from './service-packages.ts';

/** OpenTelemetry's instrumentations for packages that we do not watch ourselves, by the package or the scope that a service has. */
export const instrumentations: Readonly<Record<string, string>> = {
  amqplib: 'amqplib',
  '@aws-sdk': 'aws-sdk',
  bunyan: 'bunyan',
  'cassandra-driver': 'cassandra-driver',
  connect: 'connect',
  '@cucumber/cucumber': 'cucumber',
  dataloader: 'dataloader',
  'generic-pool': 'generic-pool',
  graphql: 'graphql',
  '@grpc/grpc-js': 'grpc',
  '@hapi/hapi': 'hapi',
  kafkajs: 'kafkajs',
  knex: 'knex',
  koa: 'koa',
  'lru-memoizer': 'lru-memoizer',
  memcached: 'memcached',
  mongodb: 'mongodb',
  mongoose: 'mongoose',
  mysql: 'mysql',
  mysql2: 'mysql2',
  '@nestjs/core': 'nestjs-core',
  openai: 'openai',
  oracledb: 'oracledb',
  redis: 'redis',
  '@redis/client': 'redis',
  restify: 'restify',
  'socket.io': 'socket.io',
  tedious: 'tedious',
  winston: 'winston',
};

/**
 * What `@opentelemetry/auto-instrumentations-node` brings beside them: what is watched here; what would tell of every file
 * and address that Node itself touches; what only measures; and Lambda, which starts services in its own way.
 */
export const leftOut: readonly string[] = [
  ...['express', 'http', 'ioredis', 'pg', 'pino', 'router', 'undici'],
  ...['dns', 'fs', 'net'],
  ...['host-metrics', 'runtime-node'],
  'aws-lambda',
];

/** What is used of an instrumentation; its constructor patches and takes the global providers. */
interface Instrumentation {
  getModuleDefinitions?(): readonly { readonly name: string }[];
}

/**
 * Loads the instrumentations for packages that the service of the script `main` has, and gives their short names. Nothing of
 * OpenTelemetry's instrumentation is loaded when there are none. Call it when the providers of OpenTelemetry's API are registered, and
 * before our own files are hooked: import hooks that come later would hide them.
 */
export function loadOthers({ disabledLibraries }: Settings, main = process.argv[1]): string[] {
  const has = packagesOf(main ? dirname(main) : process.cwd(), Object.keys(instrumentations));
  const wanted = new Set([...has].map((name) => instrumentations[name] as string));
  const names = [...wanted].filter((name) => !disabledLibraries.includes(name));
  if (names.length === 0) return [];
  try {
    return load(names);
  } catch (error) {
    complain(
      `OpenTelemetry's instrumentations cannot be loaded (${names.join(', ')} are not watched): ${reason(error)}`,
    );
    return [];
  }
}

function load(names: readonly string[]): string[] {
  const own = createRequire(import.meta.url);
  const bundle = createRequire(own.resolve('@opentelemetry/auto-instrumentations-node'));
  const loaded: string[] = [];
  const modules = new Set<string>();
  for (const name of names) {
    try {
      const instrumentation = create(bundle(`@opentelemetry/instrumentation-${name}`));
      for (const it of instrumentation.getModuleDefinitions?.() ?? []) modules.add(it.name);
      loaded.push(name);
    } catch (error) {
      complain(`${name} is not watched: its instrumentation failed: ${reason(error)}`);
    }
  }
  hookImports(bundle, [...modules]);
  return loaded;
}

/** Each package exports one class of that kind. @throws Error when it does not. */
function create(exported: Record<string, unknown>): Instrumentation {
  const [, found] =
    Object.entries(exported).find(
      ([name, it]) => name.endsWith('Instrumentation') && typeof it === 'function',
    ) ?? [];
  if (!found) throw new Error('it exports no class named …Instrumentation');
  return new (found as new (config: object) => Instrumentation)({});
}

/** For services that import these packages; those that require them are served by the instrumentations themselves. */
function hookImports(bundle: NodeJS.Require, include: string[]): void {
  const base = createRequire(bundle.resolve('@opentelemetry/instrumentation'));
  if (!hooksWork(process.versions.node)) {
    nodeModule.register('import-in-the-middle/hook.mjs', { parentURL: import.meta.url, data: { include } });
    return;
  }
  const { register } = base('import-in-the-middle/register-hooks.mjs') as {
    register(options: { include: string[] }): void;
  };
  register({ include });
}
