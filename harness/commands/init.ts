import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { Context } from './context.ts';

interface PackageJson {
  name?: string;
  main?: string;
  type?: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
}

export function initCommand({ host }: Context): Command {
  return new Command('init')
    .description('Write a scenario.ts for the service in this folder.')
    .addHelpText('after', '\nExample: cd my-service && ordeal init')
    .action(() => {
      const its = readPackage(host.cwd);
      const file = join(host.cwd, its.type === 'commonjs' ? 'scenario.mts' : 'scenario.ts');
      if (existsSync(file))
        throw new UsageError(`${file} exists already: expected none. Move it away first.`);
      writeFileSync(file, scenarioText(its, host.cwd));
      host.stdout.write(`Wrote ${file}. Look through it, then: npx ordeal check . && npx ordeal run .\n`);
    });
}

function readPackage(folder: string): PackageJson {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch (cause) {
    throw new UsageError(
      `There is no readable package.json in ${folder}: ${(cause as Error).message}. Change to the folder of the service first.`,
      { cause },
    );
  }
}

/** Which clients speak to which kind of service, and the environment variable that most people use for it. */
const clients = {
  postgres: {
    packages: ['pg', 'postgres', 'knex', 'drizzle-orm', 'typeorm', 'sequelize'],
    variable: 'DATABASE_URL',
  },
  redis: { packages: ['ioredis', 'redis', 'iovalkey', 'bullmq'], variable: 'REDIS_URL' },
} as const;

/** A scenario that runs as it stands when the service reads PORT, DATABASE_URL and REDIS_URL. */
function scenarioText(its: PackageJson, folder: string): string {
  const installed = Object.keys(its.dependencies ?? {});
  const kinds = (Object.keys(clients) as (keyof typeof clients)[]).filter((kind) =>
    clients[kind].packages.some((name) => installed.includes(name)),
  );
  const env = kinds.map((kind) => `      ${clients[kind].variable}: '{${kind}.url}',\n`).join('');
  const stack = kinds.map((kind) => `${kind}: { kind: '${kind}' }`).join(', ');
  const broken = kinds.at(-1);
  const name = nameOf(its.name ?? basename(folder));
  const phases = broken ? "['baseline', 'fault', 'recovery']" : "['baseline']";
  return `import { defineScenario } from 'ordeal';

export default defineScenario({
  name: '${name}',
  description: '${broken ? `${broken} refuses connections for twenty seconds.` : 'The service under steady load.'}',
  target: {
    command: [${commandOf(its).map(quoted).join(', ')}],
    env: {
      PORT: '{target.port}',
${env}    },
    // A path that answers 2xx once the service can serve.
    ready: { path: '/' },
  },
  stack: { ${stack} },
  load: {
    ratePerSecond: 100,
    // Replace by the requests that matter; {n} is a seeded number, small ones are popular.
    requests: [{ name: 'home', path: '/' }],
  },
  phasesMs: { warmup: 5_000, baseline: 20_000${broken ? ', fault: 20_000, recovery: 20_000' : ''} },
${broken ? `  faults: [{ fault: { kind: 'refuse', link: '${broken}' } }],\n` : ''}  hypothesis: [
    { kind: 'latency', percentile: 0.95, maxMs: 200, phases: ${phases} },
    { kind: 'error-rate', max: 0.01, phases: ${phases} },
    { kind: 'request-id', phases: ${phases} },
  ],
});
`;
}

/** A package's name without its scope, in the letters that a scenario's name may have. */
function nameOf(name: string): string {
  const letters = name
    .replace(/^@[^/]*\//, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  return letters.replaceAll(/^-|-$/g, '') || 'service';
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** `npm start` when it is a plain `node …`, else `main`; started without npm, so that signals reach the service. */
function commandOf({ scripts, main }: PackageJson): string[] {
  const start = scripts?.start?.split(/\s+/);
  return start?.[0] === 'node' ? start : ['node', main ?? 'server.js'];
}
