import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startScript } from '../test-process.ts';
import { freePort, until } from '../test-servers.ts';

/* The log files of the service as it is started; it needs no database to write them. */

const dayMs = 24 * 3_600_000;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'memory-api-service-logs-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

it('goes to files that are rotated, archived, and removed when they are too many or too old', async () => {
  await files({
    'memory-api.2026-01-01.1.log.gz': 29,
    'memory-api.2026-01-01.2.log.gz': 31,
    'other.log': 99,
  });
  const port = await freePort();
  await using service = startScript('server.ts', {
    PORT: `${port}`,
    DATABASE_URL: 'postgres://127.0.0.1:1/none',
    CACHE_ENABLED: 'false',
    AUTH_ENABLED: 'false',
    LOG_FOLDER: folder,
    LOG_FILE_MAX_BYTES: '4000',
    LOG_FILES_KEPT: '3',
    LOG_DAYS_KEPT: '30',
  });
  const ask = () => fetch(`http://127.0.0.1:${port}/health/live`).then((response) => response.text());
  await until(ask, 20_000);
  await until(async () => !(await readdir(folder)).includes('memory-api.2026-01-01.2.log.gz'));
  expect(await readdir(folder)).toContain('memory-api.2026-01-01.1.log.gz');

  await until(async () => {
    await ask();
    const names = await logFiles();
    return names.length === 4 && !names.includes('memory-api.2026-01-01.1.log.gz') && isTidy(names);
  }, 30_000);
  service.kill('SIGTERM');
  expect(await service.exited).toEqual([0, null]);
  const lines = (await Promise.all((await logFiles()).map(linesOf))).flat();
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) });
  expect(lines.join()).toContain('"message":"stopped"');
  expect(service.output()).toBe('');
  expect(await readdir(folder)).toContain('other.log');
}, 60_000);

it('loses no line when two processes write to one folder, as while one takes over from the other', async () => {
  const ports = [await freePort(), await freePort()];
  const services = ports.map((port) =>
    startScript('server.ts', {
      PORT: `${port}`,
      DATABASE_URL: 'postgres://127.0.0.1:1/none',
      ...{ CACHE_ENABLED: 'false', AUTH_ENABLED: 'false' },
      ...{ LOG_FOLDER: folder, LOG_FILE_MAX_BYTES: '4000', LOG_FILES_KEPT: '1000' },
    }),
  );
  try {
    const ask = (port: number, path: string) =>
      fetch(`http://127.0.0.1:${port}${path}`).then((it) => it.text());
    for (const port of ports) await until(() => ask(port, '/health/live'), 20_000);
    // The first goes on to the next file again and again, while the second is still at one of before.
    const [busy, quiet] = ports as [number, number];
    const asked = Array.from({ length: 12 }, (_, n) => [
      ...Array.from({ length: 10 }, (_, of) => [busy, `/nowhere/${busy}/${n}/${of}`] as const),
      [quiet, `/nowhere/${quiet}/${n}`] as const,
    ]).flat();
    for (const [port, path] of asked) await ask(port, path);
    for (const service of services) {
      service.kill('SIGTERM');
      expect(await service.exited).toEqual([0, null]);
      expect(service.output()).toBe('');
    }
    const names = await logFiles();
    expect(names.filter((name) => name.endsWith('.gz')).length).toBeGreaterThan(5);
    const lines = (await Promise.all(names.map(linesOf))).flat().map((line) => JSON.parse(line));
    const paths = lines.filter(({ message }) => message === 'request completed').map(({ path }) => path);
    expect(paths.filter((path) => path.startsWith('/nowhere/')).sort()).toEqual(
      asked.map(([, path]) => path).sort(),
    );
  } finally {
    for (const service of services) await service[Symbol.asyncDispose]();
  }
}, 60_000);

/** One is written to, all others are archives. */
function isTidy(names: readonly string[]): boolean {
  return names.filter((name) => !name.endsWith('.gz')).length === 1;
}

async function logFiles(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('memory-api.'));
}

async function linesOf(name: string): Promise<string[]> {
  const bytes = await readFile(join(folder, name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n').filter(Boolean);
}

async function files(ageDaysByName: Record<string, number>): Promise<void> {
  for (const [name, ageDays] of Object.entries(ageDaysByName)) {
    await writeFile(join(folder, name), '');
    const time = new Date(Date.now() - ageDays * dayMs);
    await utimes(join(folder, name), time, time);
  }
}
