import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findAllParts, findParts } from './find-parts.ts';
import type { Env } from './settings.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ordeal-find-'));
  await chmod(root, 0o755);
});
afterEach(() => rm(root, { recursive: true }));

/** Real programs, each of which prints its version line as the real one does. */
const prints: Record<string, (version: string) => string> = {
  k6: (version) => `k6 v${version} (go1.26.8, linux/amd64)`,
  'redis-server': (version) => `Redis server v=${version} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64`,
  'valkey-server': (version) => `Valkey server v=${version} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64`,
  postgres: (version) => `postgres (PostgreSQL) ${version}`,
  initdb: (version) => `initdb (PostgreSQL) ${version}`,
  'jaeger-all-in-one': (version) =>
    `application version: git-version=v${version}\n{"gitCommit":"","gitVersion":"v${version}","buildDate":""}`,
  jaeger: (version) =>
    `application version: git-version=v${version}\n{"gitCommit":"","gitVersion":"v${version}","buildDate":""}`,
  prometheus: (version) =>
    `prometheus, version ${version} (branch: , revision: unknown)\n  platform: linux/amd64`,
  promtool: (version) => `promtool, version ${version} (branch: , revision: unknown)`,
  alertmanager: (version) => `alertmanager, version ${version} (branch: , revision: unknown)`,
  amtool: (version) => `amtool, version ${version} (branch: , revision: unknown)`,
  loki: (version) => `loki, version ${version} (branch: , revision: )`,
  grafana: (version) => `grafana version ${version}`,
  go: (version) => `go version go${version} linux/amd64`,
};

/** `path/k6@1.8.1` is a program; `@broken` one that does not run. */
async function make(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const [path, version] = file.split('@') as [string, string];
    const program = join(root, path);
    const text = version === 'broken' ? 'exit 1' : `echo '${prints[path.split('/').at(-1)!]!(version)}'`;
    await mkdir(dirname(program), { recursive: true });
    await writeFile(program, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
}

function environment(more: Record<string, string> = {}): Env {
  const inRoot = Object.entries(more).map(([name, path]) => [name, join(root, path)]);
  const folders = ['path', 'path2'].map((name) => join(root, name));
  const socket = `unix://${join(root, 'no-engine.sock')}`;
  return {
    PATH: folders.join(':'),
    ORDEAL_CACHE_DIR: join(root, 'cache'),
    DOCKER_HOST: socket,
    ...Object.fromEntries(inRoot),
  };
}

describe('the first good one in the stated order', () => {
  it.each([
    ['k6', ['given/k6@1.9.0', 'path/k6@1.8.1'], { K6_BIN: 'given/k6' }, 'given/k6', 'environment', '1.9.0'],
    ['k6', ['path2/k6@1.8.1', 'cache/bin/k6@1.7.0'], {}, 'path2/k6', 'PATH', '1.8.1'],
    ['k6', ['path/k6@1.8.1', 'path2/k6@2.0.0'], {}, 'path/k6', 'PATH', '1.8.1'],
    ['k6', ['path/k6@0.45.0', 'path2/k6@1.8.1'], {}, 'path2/k6', 'PATH', '1.8.1'],
    ['k6', ['path/k6@broken', 'cache/bin/k6@1.8.1'], {}, 'cache/bin/k6', 'cache', '1.8.1'],
    ['redis', ['path/valkey-server@8.0.1'], {}, 'path/valkey-server', 'PATH', '8.0.1'],
    [
      'redis',
      ['path/valkey-server@8.0.1', 'path2/redis-server@7.0.15'],
      {},
      'path2/redis-server',
      'PATH',
      '7.0.15',
    ],
    [
      'redis',
      ['a/redis-server@7.4.0', 'path/redis-server@7.0.15'],
      { REDIS_SERVER_BIN: 'a/redis-server' },
      'a/redis-server',
      'environment',
      '7.4.0',
    ],
    [
      'postgres',
      ['pg/postgres@17.2', 'pg/initdb@17.2'],
      { POSTGRES_BIN_DIR: 'pg' },
      'pg',
      'environment',
      '17.2',
    ],
    ['postgres', ['path2/postgres@16.4', 'path2/initdb@16.4'], {}, 'path2', 'PATH', '16.4'],
    ['jaeger', ['path/jaeger-all-in-one@1.62.0'], {}, 'path/jaeger-all-in-one', 'PATH', '1.62.0'],
    [
      'jaeger',
      ['path/jaeger@2.3.0', 'cache/bin/jaeger-all-in-one@1.62.0'],
      {},
      'cache/bin/jaeger-all-in-one',
      'cache',
      '1.62.0',
    ],
    ['jaeger', ['j/jaeger@1.60.0'], { JAEGER_BIN: 'j/jaeger' }, 'j/jaeger', 'environment', '1.60.0'],
    [
      'prometheus',
      ['path/prometheus@2.42.0', 'path2/prometheus@3.16.0'],
      {},
      'path2/prometheus',
      'PATH',
      '3.16.0',
    ],
    [
      'promtool',
      ['p/promtool@3.1.0', 'path/promtool@3.16.0'],
      { PROMTOOL_BIN: 'p/promtool' },
      'p/promtool',
      'environment',
      '3.1.0',
    ],
    ['alertmanager', ['path/alertmanager@0.27.0'], {}, 'path/alertmanager', 'PATH', '0.27.0'],
    ['amtool', ['path/amtool@0.34.2'], {}, 'path/amtool', 'PATH', '0.34.2'],
    ['loki', ['path/loki@3.7.8'], {}, 'path/loki', 'PATH', '3.7.8'],
    ['grafana', ['path/grafana@13.2.3'], {}, 'path/grafana', 'PATH', '13.2.3'],
    ['go', ['path/go@1.26.8'], {}, 'path/go', 'PATH', '1.26.8'],
  ] as const)('%s of %j', async (name, files, env, path, where, version) => {
    await make(files);
    const found = (await findAllParts(environment(env)))[name];
    expect(found).toEqual({ path: join(root, path), where, version, good: true });
  });
});

describe('when none is good', () => {
  it.each([
    ['k6', ['path/k6@0.45.0'], {}, 'version 0.45.0 is older than 1.0.0', 'ordeal setup'],
    ['k6', ['path/k6@broken'], {}, 'it does not run', 'ordeal setup'],
    ['k6', [], { K6_BIN: 'not-there' }, 'K6_BIN=ROOT/not-there: there is no such program', 'K6_BIN'],
    [
      'k6',
      ['k6@0.45.0', 'path/k6@1.8.1'],
      { K6_BIN: 'k6' },
      'K6_BIN=ROOT/k6: version 0.45.0 is older than 1.0.0',
      'K6_BIN',
    ],
    ['redis', ['path/redis-server@5.0.7'], {}, 'version 5.0.7 is older than 6.2.0', 'ordeal setup'],
    ['redis', [], { REDIS_SERVER_BIN: 'x' }, 'REDIS_SERVER_BIN=ROOT/x: there is no such', 'REDIS_SERVER_BIN'],
    [
      'postgres',
      ['pg/postgres@17.2'],
      { POSTGRES_BIN_DIR: 'pg' },
      'POSTGRES_BIN_DIR=ROOT/pg: it does not run',
      'POSTGRES_BIN_DIR',
    ],
    ['jaeger', ['path/jaeger@2.3.0'], {}, 'version 2.3.0 is not 1.x', 'ordeal setup --jaeger'],
    [
      'prometheus',
      ['path/prometheus@2.42.0'],
      {},
      'version 2.42.0 is older than 3.0.0',
      'ordeal setup --observability',
    ],
    ['alertmanager', ['path/alertmanager@0.25.0'], {}, 'older than 0.26.0', 'ALERTMANAGER_BIN'],
    ['loki', [], { LOKI_BIN: 'x' }, 'LOKI_BIN=ROOT/x: there is no such program', 'LOKI_BIN'],
    ['jaeger', [], { JAEGER_BIN: 'x' }, 'JAEGER_BIN=ROOT/x: there is no such program', 'JAEGER_BIN'],
  ] as const)(
    '%s of %j %j says what is wrong and how to mend it',
    async (name, files, env, problem, mend) => {
      await make(files);
      const found = (await findAllParts(environment(env)))[name];
      expect(found?.good).toBe(false);
      expect(found?.problem).toContain(problem.replace('ROOT', root));
      expect(found?.mend).toContain(mend);
    },
  );

  it('is undefined when nothing was found', async () => {
    const parts = await findParts(environment());
    expect(parts).toMatchObject({ k6: undefined, redis: undefined, jaeger: undefined, docker: undefined });
    expect(parts.node).toMatchObject({ good: true, where: 'this process' });
  });
});
