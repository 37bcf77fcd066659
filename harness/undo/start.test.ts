import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { playAbandoned } from './abandoned.ts';
import { isAlive, type ProcessRow, readProcess } from './process-table.ts';
import { startUndo } from './start.ts';
import type { Undo } from './undo.ts';
import { undoFolder } from './undo-journal.ts';

const parentScript = fileURLToPath(new URL('./fixtures/parent.ts', import.meta.url));

describe.concurrent('when the harness is gone, the watchdog undoes everything and goes', {
  timeout: 30_000,
}, () => {
  it.each([
    ['kill -9', 'stay'],
    ['process.exit', 'exit'],
    ['an exception', 'throw'],
  ])('after %s', async (_how, ending) => {
    using run = newRun();
    const similar = [{ ORDEAL_RUN_: run.id }, { ORDEAL_RUN: `${run.id}x` }, { XORDEAL_RUN: run.id }].map(
      (env) => bystander(run, env),
    );
    const { parent, pids, watchdog } = await startParent(run, ending);
    if (ending === 'stay') parent.kill('SIGKILL');

    await gone([...pids, watchdog]);
    expect(alive(similar.map(({ pid }) => pid!))).toHaveLength(3);
    expect(existsSync(join(run.place, 'work'))).toBe(false);
    expect(left(run)).toEqual([]);
  });

  it('takes no notice of signals that are meant for the harness', async () => {
    using run = newRun();
    const { parent, pids, watchdog } = await startParent(run, 'stay');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(watchdog, signal);
    parent.kill('SIGKILL');
    await gone([...pids, watchdog]);
    expect(left(run)).toEqual([]);
  });

  it('does not touch a process that has the pid of one that ended', async () => {
    using run = newRun();
    const other = bystander(run, {});
    const { parent, watchdog } = await startParent(run, 'stay');
    appendFileSync(
      run.journal,
      `${JSON.stringify({ undo: 'process', pid: other.pid, startedTicks: '1' })}\n`,
    );
    parent.kill('SIGKILL');
    await gone([watchdog]);
    expect(alive([other.pid!])).toHaveLength(1);
  });

  it('leaves a log when something could not be undone', async () => {
    using run = newRun();
    const { parent, watchdog } = await startParent(run, 'stay');
    appendFileSync(run.journal, `${JSON.stringify({ undo: 'folder', path: '/proc/self/fd' })}\n{"undo":"fol`);
    parent.kill('SIGKILL');
    await gone([watchdog]);
    expect(readFileSync(join(run.place, `ordeal-${run.id}.undo.log`), 'utf8')).toMatch(
      /^The folder \/proc\/self\/fd is still there: .+\. Remove it with rm -r\.\n$/,
    );
    expect(existsSync(run.journal)).toBe(true);
  });
});

describe.concurrent('when the watchdog is killed too, the next start undoes everything', {
  timeout: 30_000,
}, () => {
  it('from the journal, but not while the harness lives', async () => {
    using run = newRun();
    const { parent, pids, watchdog } = await startParent(run, 'stay');
    process.kill(watchdog, 'SIGKILL');
    await gone([watchdog]);
    expect(await playAbandoned(run.folder)).toEqual({ undone: [], problems: [] });
    parent.kill('SIGKILL');
    await gone([parent.pid!]);
    expect(alive(pids)).toHaveLength(5);

    expect(await playAbandoned(run.folder)).toEqual({ undone: [run.id], problems: [] });
    await gone(pids);
    expect(left(run)).toEqual([]);
    expect(await playAbandoned(run.folder)).toEqual({ undone: [], problems: [] });
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['of another boot: its pids are nobody, its folders are undone', { boot: 'before' }, []],
    ['of another pid namespace: nobody knows who is alive there', { pidNamespace: 'pid:[1]' }, ['work']],
  ])('with a journal %s', async (_what, changes, kept) => {
    using run = newRun();
    const { parent, pids, watchdog } = await startParent(run, 'stay');
    for (const pid of [watchdog, parent.pid!]) process.kill(pid, 'SIGKILL');
    await gone([watchdog, parent.pid!]);
    const lines = readFileSync(run.journal, 'utf8').split('\n');
    lines[0] = JSON.stringify({ ...JSON.parse(lines[0]!), ...changes, runId: `${run.id}-other` });
    rmSync(run.journal);
    appendFileSync(run.journal, lines.join('\n'));
    await playAbandoned(run.folder);
    expect(alive(pids)).toHaveLength(5);
    expect(readdirSync(run.place).filter((name) => name === 'work')).toEqual(kept);
  });

  it('finds nothing to do where others can write', async () => {
    using run = newRun();
    mkdirSync(run.folder);
    appendFileSync(
      run.journal,
      `${JSON.stringify({ undo: 'run', runId: 'x', pid: 2, startedTicks: '1', boot: '' })}\n`,
    );
    chmodSync(run.folder, 0o777);
    expect(await playAbandoned(run.folder)).toEqual({ undone: [], problems: [] });
    chmodSync(run.folder, 0o700);
    expect(await playAbandoned(run.folder)).toEqual({ undone: ['x'], problems: [] });
  });
});

describe('at the normal end', { timeout: 30_000 }, () => {
  it('nothing is left, and disposing twice does no harm', async () => {
    using run = newRun();
    vi.stubEnv('TMPDIR', run.place);
    const notes: string[] = [];
    const undo = await startUndo({ runId: run.id, onNote: (text) => notes.push(text) });
    const watchdog = journalledWatchdog(run);
    const stopped = bystander(run, undo.env);
    undo.process(stopped.pid!);
    stopped.kill();
    await once(stopped, 'exit');
    const forgotten = bystander(run, undo.env);
    const folder = join(run.place, 'work');
    undo.folder(folder);
    mkdirSync(folder);

    await Promise.all([undo[Symbol.asyncDispose](), undo[Symbol.asyncDispose]()]);
    await undo[Symbol.asyncDispose]();
    expect(alive([forgotten.pid!, watchdog])).toEqual([]);
    expect(left(run)).toEqual([]);
    expect(notes).toEqual([]);
  });

  it('says that the watchdog died early, goes on, and still undoes', async () => {
    using run = newRun();
    vi.stubEnv('TMPDIR', run.place);
    const notes: string[] = [];
    const undo = await startUndo({ runId: run.id, onNote: (text) => notes.push(text) });
    process.kill(journalledWatchdog(run), 'SIGKILL');
    await expect.poll(() => notes).toEqual([expect.stringContaining('it ended with SIGKILL')]);
    const child = bystander(run, {});
    undo.process(child.pid!);
    await undo[Symbol.asyncDispose]();
    await gone([child.pid!]);
    expect(notes).toHaveLength(1);
    expect(left(run)).toEqual([]);
  });
});

describe('mistakes', () => {
  let undo: Undo;
  beforeAll(async () => {
    undo = await startUndo({ runId: `undo-test-${process.pid}` });
  });
  afterAll(() => undo[Symbol.asyncDispose]());

  it.each([0, 1, -1, Number.NaN, process.pid])('refuses to end %d', (pid) => {
    expect(() => undo.process(pid)).toThrow('Expected the pid of a child');
  });

  it.each(['/', '.', 'relative/folder', process.cwd(), '/root/..', `${process.cwd()}/..`])(
    'refuses to remove %s',
    (path) => {
      expect(() => undo.folder(path)).toThrow('it will not be removed');
    },
  );

  it('refuses a folder for journals that others can write to', async () => {
    using run = newRun();
    vi.stubEnv('TMPDIR', run.place);
    mkdirSync(undoFolder());
    await expect(startUndo({ runId: run.id })).rejects.toThrow(
      /but its mode is 7[0-7]+\. Remove that folder/,
    );
  });

  it('says so when there is no place for journals', async () => {
    vi.stubEnv('TMPDIR', '/nowhere');
    await expect(startUndo({ runId: 'x' })).rejects.toThrow(
      /^The undo journal \/nowhere\/.+ but .+set TMPDIR/,
    );
    vi.unstubAllEnvs();
  });

  it.each(['', '../up', 'a/b', 'a b'])('refuses the run id %j', async (id) => {
    await expect(startUndo({ runId: id })).rejects.toThrow('A run id has to be');
  });
});

interface TestRun extends Disposable {
  id: string;
  place: string;
  folder: string;
  journal: string;
  /** Ended after the test, should they still be there. */
  started: ProcessRow[];
}

/** A temporary folder in place of the system's, so that nothing else is in it. */
function newRun(): TestRun {
  const place = mkdtempSync(join(tmpdir(), 'ordeal-undo-test-'));
  const id = `run-${place.slice(-6)}`;
  const folder = join(place, `ordeal-undo-${userInfo().uid}`);
  const started: ProcessRow[] = [];
  return {
    ...{ id, place, folder, journal: join(folder, `${id}.ndjson`), started },
    [Symbol.dispose]() {
      vi.unstubAllEnvs();
      for (const row of started) if (isAlive(row)) process.kill(row.pid, 'SIGKILL');
      rmSync(place, { recursive: true, force: true });
    },
  };
}

async function startParent(run: TestRun, ending: string) {
  const parent = spawn(process.execPath, [parentScript, run.id, join(run.place, 'work'), ending], {
    env: { ...process.env, TMPDIR: run.place },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(parent.stdout!, 'data');
  const pids = Object.values(JSON.parse(String(line)) as Record<string, number>);
  remember(run, [parent.pid!, ...pids]);
  return { parent, pids, watchdog: journalledWatchdog(run) };
}

function remember(run: TestRun, pids: number[]): void {
  run.started.push(...pids.map(readProcess).filter((row) => row !== undefined));
}

function journalledWatchdog(run: TestRun): number {
  const lines = readFileSync(run.journal, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line)).find((order) => order.undo === 'watchdog').pid;
}

/** A process that nobody was told of. */
function bystander(run: TestRun, env: Record<string, string | undefined>): ChildProcess {
  const child = spawn('sleep', ['300'], { env: { ...process.env, ...env }, stdio: 'ignore', detached: true });
  remember(run, [child.pid!]);
  return child;
}

function alive(pids: number[]): number[] {
  return pids.filter((pid) => readProcess(pid)?.zombie === false);
}

async function gone(pids: number[]): Promise<void> {
  await vi.waitFor(() => expect(alive(pids)).toEqual([]), { timeout: 15_000, interval: 50 });
}

function left(run: TestRun): string[] {
  return readdirSync(run.place, { recursive: true, encoding: 'utf8' });
}
