import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsPgvector, startPgvector } from '../../../examples/memory-api/storage/test-pgvector.ts';
import { freePort, startRedis } from '../../../examples/memory-api/test-servers.ts';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { hostOf } from '../../../harness/setup/part.ts';
import { cachedPgvector } from '../../../harness/setup/parts/pgvector.ts';
import { ops } from '../testing/ops.ts';
import { fenced, readPage } from '../testing/pages.ts';
import type { Environment } from '../testing/place.ts';
import { type Clone, openClone, typeAll } from '../testing/shell.ts';
import { stackServices, startStack } from '../testing/stack.ts';

/* Every command of operations.md, in its order, by one shell, from an empty PostgreSQL to a restored one. */

const gates = [await needsPgvector(), await needs('redis', ...stackServices)];
const runs = gates.every((it) => it.runs);
const titled = (title: string) => gates.reduce((named, it) => it.titled(named), title);
const limitMs = 240_000;

describe.runIf(runs)(titled('the commands of operations.md'), () => {
  const running = new AsyncDisposableStack();
  let clone: Clone;
  /** What each block has printed, in the order of the page. */
  let printed: string[];

  beforeAll(async () => {
    const stack = running.use(await startStack());
    const postgres = running.use(await startPgvector());
    const redis = running.use(await startRedis());
    clone = running.use(await openClone());
    const port = String(await freePort());
    const env: Environment = {
      ...{ PORT: port, PROMETHEUS_URL: stack.prometheusUrl, LOKI_URL: stack.lokiUrl },
      OTEL_EXPORTER_PROMETHEUS_PORT: String(stack.metricsPort),
      METRICS_URL: `http://127.0.0.1:${stack.metricsPort}/metrics`,
    };
    // Whatever a test that fails has left running.
    running.defer(
      async () => void (await ops('service', ['stop', '--folder', join(clone.folder, 'run')], env)),
    );
    const { blocks } = await readPage('operations.md');
    const ours = blocks.map((commands) =>
      commands
        .replaceAll(/DATABASE_URL=postgres:\S+/g, `DATABASE_URL=${postgres.url}`)
        .replaceAll(/REDIS_URL=redis:\S+/g, `REDIS_URL=${redis.url}`)
        .replaceAll(/SERVICE_URL=http:\S+/g, `SERVICE_URL=http://127.0.0.1:${port}`)
        .replaceAll(/ORDEAL_LOKI_URL=http:\S+/g, `ORDEAL_LOKI_URL=${stack.lokiUrl}`)
        // There has to be something to lose.
        .replaceAll(
          'node examples/memory-api/migrate.ts\nnode deploy/ops/check',
          'SEED_COUNT=200 node examples/memory-api/seed.ts\nnode examples/memory-api/migrate.ts\nnode deploy/ops/check',
        ),
    );
    const path = [cachedPgvector(hostOf(process.env))];
    printed = await typeAll(ours, { cwd: clone.folder, env, path, limitMs });
  }, limitMs + 60_000);
  afterAll(() => running.disposeAsync());

  const block = (command: string) => printed.find((text) => text.includes(`+ ${command}`)) ?? '';

  it('start it, and see that it works and is watched', () => {
    const text = block('node deploy/ops/verify-deployment.ts');
    for (const what of ['settings', 'schema', 'ready', 'create', 'search', 'delete', 'Prometheus', 'Loki'])
      expect(text).toMatch(new RegExp(`^ok +${what} `, 'm'));
    expect(text).not.toMatch(/^wrong/m);
  });

  it('stop it with all answers given', async () => {
    expect(printed.filter((text) => /^stopped process \d+$/m.test(text)).length).toBeGreaterThan(3);
    expect(await everyLog()).toContain('"message":"stopped"');
  });

  it('deploy: back up, migrate, restart, verify, watch', () => {
    expect(block('git switch --detach v1.1.0')).toMatch(
      /memories-\S+\.dump: [\d.]+ KiB.*started as process.*ok +delete/s,
    );
    expect(
      block('node deploy/ops/health-monitor.ts --every').match(/ ok: postgres ok/g)?.length,
    ).toBeGreaterThan(1);
  });

  it('roll back: the migration is taken back, and the service works', () => {
    const text = block('node examples/memory-api/migrate.ts down');
    expect(text).toMatch(/"migrations":\["003_pgvector/);
    expect(text).toMatch(/^ok +search +found/m);
  });

  it('back up, with a checksum that holds', () => {
    expect(block('node deploy/ops/backup.ts --folder backups --keep 14')).toMatch(/memories-\S+\.dump/);
    expect(printed.filter((text) => /\.dump: OK$/m.test(text))).toHaveLength(2);
  });

  it.each([
    ['backs up', '. run/backup.env', 0, []],
    ['says so when it fails', '. run/none.env', 0, ['-p cron.err -t backup failed, see .*/run/backup.log']],
  ])('every night, by cron, with nothing of this shell: it %s', async (_, settings, code, told) => {
    const line = fenced((await readPage('operations.md')).text, 'cron')
      .join('')
      .trim();
    const command = line
      .replace(/^(?:\S+ ){5}/, '')
      .replaceAll('/srv/ordeal', clone.folder)
      .replace('. run/backup.env', settings);
    const before = await readdir(join(clone.folder, 'backups'));
    const ended = await asCron(command);
    expect([ended.code, ended.output]).toEqual([code, '']);
    const log = await readFile(join(clone.folder, 'run/backup.log'), 'utf8');
    const made = (await readdir(join(clone.folder, 'backups'))).filter((name) => !before.includes(name));
    expect(made.length, log).toBe(told.length === 0 ? 2 : 0);
    expect(ended.told).toEqual(told.map((text) => expect.stringMatching(text)));
  });

  it('restore into a new database, on which the service works', () => {
    const text = block('node deploy/ops/restore.ts');
    expect(text).toMatch(/^200 memories restored$/m);
    expect(text).toMatch(/^ok +delete +gone$/m);
  });

  it('every day, week and month: reports, analysis, logs, an exercise', async () => {
    const left = await readdir(clone.folder);
    expect(left).toEqual(expect.arrayContaining(['report.html', 'week.html', 'backups', 'run']));
    expect(await readFile(join(clone.folder, 'report.html'), 'utf8')).toContain('data-testid="verdict"');
    expect(block('node deploy/ops/optimise.ts')).toMatch(/vacuumed and analysed/);
    expect(block('node deploy/ops/recovery-exercise.ts')).toMatch(/of 200 compared: 200 the same/);
    expect((await readdir(join(clone.folder, 'run'))).join()).toMatch(/service\.[\d-]+\.1\.log/);
  });

  /** What cron gives a command: a shell, hardly any variables, $HOME. `told`: what went to the log of the system. */
  async function asCron(command: string) {
    const home = await mkdtemp(join(tmpdir(), 'ops-cron-'));
    try {
      await writeFile(join(home, 'logger'), `#!/bin/sh\necho "$@" >> ${home}/told\n`, { mode: 0o755 });
      const env = { HOME: home, SHELL: '/bin/sh', PATH: `${home}:/usr/bin:/bin` };
      const child = spawn('/bin/sh', ['-c', command], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
      const [code] = await once(child, 'close');
      const told = await readFile(join(home, 'told'), 'utf8').catch(() => '');
      return { code, output, told: told.split('\n').filter((text) => text !== '') };
    } finally {
      await rm(home, { recursive: true });
    }
  }

  async function everyLog(): Promise<string> {
    const folder = join(clone.folder, 'run');
    const names = (await readdir(folder)).filter((name) => name.endsWith('.log'));
    return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
  }
});
