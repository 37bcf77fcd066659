import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../logger.ts';
import { until } from '../test-servers.ts';
import { archiveLogs } from './archive.ts';
import { cleanLogs } from './clean.ts';
import { createLogDestination, type LogDestination, type LogFileOptions } from './destination.ts';
import { listLogFiles } from './log-folder.ts';

const dayMs = 24 * 3_600_000;
const nowMs = Date.UTC(2026, 5, 15);

let folder: string;
let written: string[];
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'memory-api-logs-'));
  written = [];
  warnings = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('where the log goes', () => {
  it('is stdout when no files are asked for', async () => {
    await using destination = await open(undefined);
    destination.write('line\n');
    expect([destination.file, written, warnings]).toEqual([undefined, ['line\n'], []]);
  });

  it('is a file of the day, which the next process goes on with', async () => {
    for (const line of ['one', 'two']) {
      await using destination = await open({});
      createLogger('info', destination).info(line);
      expect(destination.file).toMatch(/api\.\d{4}-\d\d-\d\d\.1\.log$/);
    }
    expect(await messages()).toEqual(['one', 'two']);
    expect(written).toEqual([]);
  });

  it('is the next file when one is full, and no line is lost or torn', async () => {
    const expected = await logMany({ maxFileSizeBytes: 5000 });
    const files = await listLogFiles(place());
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) expect(file.sizeBytes).toBeLessThan(6000);
    expect(await messages()).toEqual(expected);
  });

  it('is the next file when its time is over', async () => {
    await using destination = await open({ rotateEvery: 40 });
    const log = createLogger('info', destination);
    const first = destination.file;
    log.info('before');
    await until(() => destination.file !== first);
    log.info('after');
    expect((await messages()).sort()).toEqual(['after', 'before']);
  });

  it('has what is full compressed, and the oldest removed', async () => {
    await logMany({ maxFileSizeBytes: 5000, compress: true, keepFiles: 3 });
    await using destination = await open({ compress: true, keepFiles: 3 });
    const areArchived = async () => (await listLogFiles(place())).map(({ archived }) => archived);
    await until(async () => expect(await areArchived()).toEqual([false, true, true, true]));
    const files = await listLogFiles(place());
    expect(files[0]!.path).toBe(destination.file);
    const kept = await messages();
    expect(kept).toEqual(kept.toSorted());
    expect(kept.at(-1)).toBe('message 0399');
    expect(warnings).toEqual([]);
  });

  it('is stdout when the folder cannot be made', async () => {
    await writeFile(join(folder, 'file'), '');
    await using destination = await open({ folder: join(folder, 'file', 'below') });
    destination.write('line\n');
    expect(written).toEqual(['line\n']);
    expect(warnings).toEqual([expect.stringMatching(/cannot be opened, the log goes to stdout: .*ENOTDIR/)]);
  });

  it('is stdout from the line on which the disk is full, with one warning', async () => {
    await symlink('/dev/full', join(folder, `api.${today()}.1.log`));
    await using destination = await open({});
    const log = createLogger('info', destination);
    for (const n of [1, 2, 3]) log.info(`message ${n}`);
    expect(written.map((line) => JSON.parse(line).message)).toEqual(['message 1', 'message 2', 'message 3']);
    expect(warnings).toEqual([expect.stringMatching(/cannot be written, .* from here on: .*ENOSPC/)]);
    expect(destination.file).toBeUndefined();
  });

  it('is stdout when the folder is taken away and the next file cannot be opened', async () => {
    await using destination = await open({ maxFileSizeBytes: 1000 });
    const log = createLogger('info', destination);
    await rm(folder, { recursive: true });
    await writeFile(folder, 'no folder any more');
    for (let n = 0; warnings.length === 0 && n < 1000; n += 1) {
      log.info('again');
      await new Promise(setImmediate);
    }
    const before = written.length;
    log.info('afterwards');
    expect(written.length).toBe(before + 1);
    expect(warnings.length).toBe(1);
  });
});

describe('archiving', () => {
  it('compresses all but the file in use, and keeps their times', async () => {
    await files({
      'api.2026-06-14.1.log': 1,
      'api.2026-06-14.2.log': 1,
      'api.2026-06-15.1.log': 0,
      'other.log': 9,
    });
    const made = await archive();
    expect(made.map((path) => path.slice(folder.length + 1))).toEqual([
      'api.2026-06-14.2.log.gz',
      'api.2026-06-14.1.log.gz',
    ]);
    expect(await names()).toEqual([
      'api.2026-06-14.1.log.gz',
      'api.2026-06-14.2.log.gz',
      'api.2026-06-15.1.log',
      'other.log',
    ]);
    expect(gunzipSync(await readFile(made[0]!)).toString()).toBe('api.2026-06-14.2.log');
    expect((await stat(made[0]!)).mtimeMs).toBe(nowMs - dayMs);
    expect(await archive()).toEqual([]);
  });

  it('ends what was killed between archive and removal, without a second archive', async () => {
    await files({ 'api.2026-06-14.1.log': 1, 'api.2026-06-14.1.log.gz': 1, 'api.2026-06-15.1.log': 0 });
    await archive();
    expect(await names()).toEqual(['api.2026-06-14.1.log.gz', 'api.2026-06-15.1.log']);
  });

  it('leaves what is in use by each writer, and takes what a writer left who is gone', async () => {
    await files({
      'api.a_3000.2026-06-14.1.log': 1,
      'api.a_3000.2026-06-15.2.log': 0,
      'api.b_3000.2026-06-15.1.log': 0.1,
      'api.c_3000.2026-06-12.1.log': 2.1,
    });
    const made = await archive();
    expect(made.map((path) => path.slice(folder.length + 1))).toEqual([
      'api.a_3000.2026-06-14.1.log.gz',
      'api.c_3000.2026-06-12.1.log.gz',
    ]);
    const gone = await cleanLogs(place(), { keepFiles: 0, keepDays: 30 }, () => nowMs);
    expect(gone).toEqual(made);
    expect(await names()).toEqual(['api.a_3000.2026-06-15.2.log', 'api.b_3000.2026-06-15.1.log']);
  });

  it('leaves a file with a lower number that was written to last', async () => {
    await files({ 'api.2026-06-15.7.log': 0.2, 'api.2026-06-15.6.log': 0.3, 'api.2026-06-15.1.log': 0.1 });
    expect(await archive()).toEqual([join(folder, 'api.2026-06-15.6.log.gz')]);
    const names = (await listLogFiles(place(), () => nowMs))
      .filter(({ inUse }) => inUse)
      .map(({ path }) => path);
    expect(names).toEqual([7, 1].map((n) => join(folder, `api.2026-06-15.${n}.log`)));
  });

  it('never writes over the archive of another file', async () => {
    await files({ 'api.2026-06-14.1.log': 1, 'api.2026-06-14.1.log.gz': 2, 'api.2026-06-15.1.log': 0 });
    await archive();
    expect(await names()).toEqual([
      'api.2026-06-14.1.log.1.gz',
      'api.2026-06-14.1.log.gz',
      'api.2026-06-15.1.log',
    ]);
  });
});

describe('cleaning', () => {
  const days = {
    'api.2026-06-01.1.log.gz': 14,
    'api.2026-06-10.1.log.gz': 5,
    'api.2026-06-14.9.log': 1,
    'api.2026-06-14.10.log': 1,
    'api.2026-06-15.1.log': 0.5,
    'api.txt': 99,
    'apix.2026-06-01.1.log': 99,
  };

  it.each([
    ['nothing', { keepFiles: 9, keepDays: 30 }, []],
    ['what is too old', { keepFiles: 9, keepDays: 10 }, ['06-01.1.log.gz']],
    ['what is too much', { keepFiles: 2, keepDays: 30 }, ['06-10.1.log.gz', '06-01.1.log.gz']],
    [
      'by number, not by letter',
      { keepFiles: 1, keepDays: 30 },
      ['06-14.9.log', '06-10.1.log.gz', '06-01.1.log.gz'],
    ],
    [
      'all that is old, but never the file in use',
      { keepFiles: 9, keepDays: 0 },
      ['06-14.10.log', '06-14.9.log', '06-10.1.log.gz', '06-01.1.log.gz'],
    ],
    [
      'all the others',
      { keepFiles: 0, keepDays: 30 },
      ['06-14.10.log', '06-14.9.log', '06-10.1.log.gz', '06-01.1.log.gz'],
    ],
  ])('removes %s', async (_, retention, expected) => {
    await files(days);
    const gone = await cleanLogs(place(), retention, () => nowMs);
    expect(gone.map((path) => path.slice(`${folder}/api.2026-`.length))).toEqual(expected);
    expect((await names()).length).toBe(Object.keys(days).length - expected.length);
  });

  it('keeps the newest of all writers, whatever their numbers', async () => {
    await files({
      'api.a.2026-06-14.40.log.gz': 0.9,
      'api.a.2026-06-14.39.log.gz': 1,
      'api.b.2026-06-14.2.log.gz': 0.8,
    });
    const gone = await cleanLogs(place(), { keepFiles: 2, keepDays: 30 }, () => nowMs);
    expect(gone).toEqual([join(folder, 'api.a.2026-06-14.39.log.gz')]);
  });

  it('removes what is left of an archive whose maker was killed, not one that is being made', async () => {
    await files({
      'api.2026-06-14.1.log': 1,
      'api.2026-06-14.1.log.left.partial': 0.05,
      'api.2026-06-14.1.log.made.partial': 0.03,
      'other.log.left.partial': 9,
    });
    const gone = await cleanLogs(place(), { keepFiles: 9, keepDays: 30 }, () => nowMs);
    expect(gone).toEqual([join(folder, 'api.2026-06-14.1.log.left.partial')]);
    expect(await names()).toHaveLength(3);
  });

  it('has nothing to do in a folder that does not exist', async () => {
    const nowhere = { folder: join(folder, 'nowhere'), name: 'api' };
    expect(await cleanLogs(nowhere, { keepFiles: 0, keepDays: 0 })).toEqual([]);
    expect(await archiveLogs(nowhere)).toEqual([]);
  });
});

/** At the time of these tests. */
function archive(): Promise<string[]> {
  return archiveLogs(place(), undefined, () => nowMs);
}

function place() {
  return { folder, name: 'api' };
}

function open(options: Partial<LogFileOptions> | undefined): Promise<LogDestination> {
  const files: LogFileOptions | undefined = options && {
    ...place(),
    maxFileSizeBytes: 1_000_000,
    rotateEvery: 'daily',
    compress: false,
    keepFiles: 1000,
    keepDays: 1000,
    ...options,
  };
  return createLogDestination({
    files,
    stdout: { write: (line) => written.push(line) },
    warn: (error, what) => warnings.push(`${what}: ${error}`),
  });
}

/** Writes 400 lines of about 160 bytes and gives their messages. */
async function logMany(options: Partial<LogFileOptions>): Promise<string[]> {
  await using destination = await open(options);
  const log = createLogger('info', destination);
  const expected: string[] = [];
  for (let n = 0; n < 400; n += 1) {
    const message = `message ${String(n).padStart(4, '0')}`;
    log.info({ filler: 'x'.repeat(60) }, message);
    expected.push(message);
    await new Promise(setImmediate);
  }
  return expected;
}

/** Of all files, oldest first. */
async function messages(): Promise<string[]> {
  const oldestFirst = (await listLogFiles(place())).toReversed();
  const texts = await Promise.all(
    oldestFirst.map(async ({ path, archived }) => {
      const bytes = await readFile(path);
      return (archived ? gunzipSync(bytes) : bytes).toString();
    }),
  );
  return texts
    .flatMap((text) => text.trim().split('\n').filter(Boolean))
    .map((line) => JSON.parse(line).message);
}

/** Makes files that hold their own name and were last written to so many days ago. */
async function files(ageDaysByName: Record<string, number>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, ageDays] of Object.entries(ageDaysByName)) {
    await writeFile(join(folder, name), name.endsWith('.gz') ? gzipSync(name) : name);
    const time = new Date(nowMs - ageDays * dayMs);
    await utimes(join(folder, name), time, time);
  }
}

async function names(): Promise<string[]> {
  return (await readdir(folder)).sort();
}

/** As pino-roll sees it: of the local clock. */
function today(): string {
  const now = new Date();
  const two = (n: number) => String(n).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
