import { once } from 'node:events';
import { appendFile, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../examples/memory-api/test-servers.ts';
import { ops, startOps } from './testing/ops.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ops-logs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const day = new Date().toISOString().slice(0, 10);

describe('rotate-logs --file', () => {
  it('gives the file the name of a closed one, and the next number to the next', async () => {
    const file = join(folder, 'service.log');
    for (const number of [1, 2]) {
      await writeFile(file, `line ${number}\n`);
      const { code, stdout } = await ops('rotate-logs', ['--file', file]);
      expect([code, stdout]).toEqual([0, `${join(folder, `service.${day}.${number}.log`)}\n`]);
    }
    expect((await readdir(folder)).sort()).toEqual([1, 2].map((number) => `service.${day}.${number}.log`));
  });

  it('takes no name that an archive has', async () => {
    await writeFile(join(folder, `service.${day}.1.log.gz`), 'archive');
    await writeFile(join(folder, 'service.log'), 'line\n');
    await ops('rotate-logs', ['--file', join(folder, 'service.log')]);
    expect(await readdir(folder)).toContain(`service.${day}.2.log`);
  });

  it('loses no line of who has it open', async () => {
    const file = join(folder, 'service.log');
    const writer = await open(file, 'a');
    await writer.write('before\n');
    await ops('rotate-logs', ['--file', file]);
    await writer.write('after\n');
    await writer.close();
    expect(await readFile(join(folder, `service.${day}.1.log`), 'utf8')).toBe('before\nafter\n');
  });

  it('leaves an empty file alone', async () => {
    await writeFile(join(folder, 'service.log'), '');
    expect((await ops('rotate-logs', ['--file', join(folder, 'service.log')])).stdout).toContain('is empty');
    expect(await readdir(folder)).toEqual(['service.log']);
  });
});

describe('rotate-logs --folder', () => {
  it('keeps all of stdin, in files of a limited size', async () => {
    const lines = Array.from({ length: 30_000 }, (_, n) => `${n} ${'x'.repeat(80)}`);
    const { code, stdout } = await ops(
      'rotate-logs',
      ['--folder', folder, '--name', 'api', '--max-mb', '1', '--keep-files', '50'],
      {},
      `${lines.join('\n')}\n`,
    );
    expect([code, stdout]).toEqual([0, '']);
    const files = await readdir(folder);
    expect(files.length).toBeGreaterThan(2);
    const archived = await ops('archive-logs', ['--folder', folder, '--name', 'api', '--json']);
    expect(archived.code).toBe(0);
    expect(await countLines(folder)).toBe(lines.length);
  });

  it('reads to the end when it is told to end', async () => {
    const child = startOps('rotate-logs', ['--folder', folder, '--name', 'api']);
    child.stdin.write('first\n');
    await until(async () => (await countLines(folder)) === 1);
    child.kill('SIGTERM');
    child.kill('SIGINT');
    child.stdin.write('second\n');
    await until(async () => (await countLines(folder)) === 2);
    child.stdin.end('third, without an end');
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(await countLines(folder)).toBe(3);
  });
});

describe('archive-logs and clean-logs', () => {
  it('leave the one in use, compress the others, and remove what is too much', async () => {
    for (const n of [1, 2, 3]) await appendFile(join(folder, `service.2026-01-0${n}.1.log`), 'line\n');
    const archived = await ops('archive-logs', ['--folder', folder, '--name', 'service']);
    expect([archived.code, archived.stdout.split('\n')]).toEqual([
      0,
      [...[2, 1].map((n) => `archived ${join(folder, `service.2026-01-0${n}.1.log.gz`)}`), ''],
    ]);
    const cleaned = await ops('clean-logs', [
      '--folder',
      folder,
      '--name',
      'service',
      '--keep-files',
      '1',
      '--json',
    ]);
    expect(JSON.parse(cleaned.stdout)).toEqual({ removed: [join(folder, 'service.2026-01-01.1.log.gz')] });
    expect((await readdir(folder)).sort()).toEqual([
      'service.2026-01-02.1.log.gz',
      'service.2026-01-03.1.log',
    ]);
  });
});

/** Of everything in the folder, archived or not. */
async function countLines(of: string): Promise<number> {
  const texts = await Promise.all(
    (await readdir(of)).map(async (name) => {
      const bytes = await readFile(join(of, name));
      return name.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString();
    }),
  );
  return texts.join('').split('\n').filter(Boolean).length;
}
