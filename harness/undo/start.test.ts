import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { playAbandoned } from './abandoned.ts';
import { carries, isAlive, readProcess, readProcesses } from './process-table.ts';
import { startUndo } from './start.ts';
import { undoFolder } from './undo-journal.ts';

const parentScript = fileURLToPath(new URL('./fixtures/parent.ts', import.meta.url));

let place: string;
let runId: string;
let bystanders: ChildProcess[];

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'ordeal-undo-test-'));
  runId = `undo-test-${process.pid}-${Date.now()}`;
  bystanders = [];
  vi.stubEnv('TMPDIR', place);
});

afterEach(() => {
  for (const child of bystanders) child.kill('SIGKILL');
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true, force: true });
});

describe('when the harness is gone, the watchdog undoes everything and goes', () => {
  it.each([
    ['kill -9', 'stay'],
    ['process.exit', 'exit'],
    ['an exception', 'throw'],
  ])(
    'after %s',
    async (_how, ending) => {
      const spectators = ['', 'x', '-2'].map((suffix) =>
        bystander({ [suffix ? 'ORDEAL_RUN' : 'ORDEAL_RUN_']: `${runId}${suffix}` }),
      );
      const { parent, pids, watchdog } = await startParent(ending);
      if (ending === 'stay') parent.kill('SIGKILL');

      await gone([...pids, watchdog]);
      expect(spectators.map(({ pid }) => readProcess(pid!)?.zombie)).toEqual([false, false, false]);
      expect(existsSync(join(place, 'work'))).toBe(false);
      expect(leftInPlace()).toEqual([]);
    },
    15_000,
  );

  it('takes no notice of signals that are meant for the harness', async () => {
    const { parent, pids, watchdog } = await startParent('stay');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(watchdog, signal);
    parent.kill('SIGKILL');
    await gone([...pids, watchdog]);
    expect(leftInPlace()).toEqual([]);
  }, 15_000);

  it('leaves a log when something could not be undone', async () => {
    const { parent, watchdog } = await startParent('stay');
    const journal = join(undoFolder(), `${runId}.ndjson`);
    const { appendFileSync } = await import('node:fs');
    appendFileSync(journal, `${JSON.stringify({ undo: 'folder', path: '/proc/self/fd' })}\n`);
    parent.kill('SIGKILL');
    await gone([watchdog]);
    expect(readFileSync(join(place, `ordeal-${runId}.undo.log`), 'utf8')).toMatch(
      /^The folder \/proc\/self\/fd is still there: .+\. Remove it with rm -r\.\n$/,
    );
    expect(existsSync(journal)).toBe(true);
  }, 15_000);
});

describe('when the watchdog is killed too, the next start undoes everything', () => {
  it('from the journal', async () => {
    const { parent, pids, watchdog } = await startParent('stay');
    process.kill(watchdog, 'SIGKILL');
    await gone([watchdog]);
    expect(await playAbandoned(), 'the harness is still there').toEqual({ undone: [], problems: [] });
    parent.kill('SIGKILL');
    await gone([parent.pid!]);
    expect(pids.filter((pid) => readProcess(pid)?.zombie === false)).toHaveLength(5);

    expect(await playAbandoned()).toEqual({ undone: [runId], problems: [] });
    await gone(pids);
    expect(existsSync(join(place, 'work'))).toBe(false);
    expect(leftInPlace()).toEqual([]);
    expect(await playAbandoned()).toEqual({ undone: [], problems: [] });
  }, 15_000);
});

describe('at the normal end', () => {
  it('nothing is left, and disposing twice does no harm', async () => {
    const notes: string[] = [];
    const undo = await startUndo({ runId, onNote: (text) => notes.push(text) });
    const watchdog = await findWatchdog();
    const stopped = bystander(undo.env);
    undo.process(stopped.pid!);
    stopped.kill();
    await once(stopped, 'exit');
    const forgotten = bystander(undo.env);
    const folder = join(place, 'work');
    undo.folder(folder);
    mkdirSync(folder);

    await Promise.all([undo[Symbol.asyncDispose](), undo[Symbol.asyncDispose]()]);
    await undo[Symbol.asyncDispose]();
    await gone([forgotten.pid!, watchdog]);
    expect(existsSync(folder)).toBe(false);
    expect(leftInPlace()).toEqual([]);
    expect(notes).toEqual([]);
  });

  it('says that the watchdog died early, goes on, and still undoes', async () => {
    const notes: string[] = [];
    const undo = await startUndo({ runId, onNote: (text) => notes.push(text) });
    const watchdog = await findWatchdog();
    process.kill(watchdog, 'SIGKILL');
    await expect.poll(() => notes).toEqual([expect.stringContaining('ended with SIGKILL')]);
    const child = bystander({});
    undo.process(child.pid!);
    await undo[Symbol.asyncDispose]();
    await gone([child.pid!]);
    expect(notes).toHaveLength(1);
    expect(leftInPlace()).toEqual([]);
  });
});

describe('mistakes', () => {
  it.each([0, 1, -1, Number.NaN, process.pid])('refuses to end %d', async (pid) => {
    await using undo = await startUndo({ runId });
    expect(() => undo.process(pid)).toThrow('Expected the pid of a child');
  });

  it.each(['/', '.', 'relative/folder', process.cwd(), '/root/..', `${process.cwd()}/..`])(
    'refuses to remove %s',
    async (path) => {
      await using undo = await startUndo({ runId });
      expect(() => undo.folder(path)).toThrow('it will not be removed');
    },
  );

  it('refuses a folder for journals that others can write to', async () => {
    mkdirSync(undoFolder());
    await expect(startUndo({ runId })).rejects.toThrow(/but its mode is 7[0-7]+\. Remove it/);
  });

  it.each(['', '../up', 'a/b', 'a b'])('refuses the run id %j', async (id) => {
    await expect(startUndo({ runId: id })).rejects.toThrow('A run id has to be');
  });
});

async function startParent(ending: string) {
  const parent = spawn(process.execPath, [parentScript, runId, join(place, 'work'), ending], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  bystanders.push(parent);
  const [line] = await once(parent.stdout!, 'data');
  const pids = Object.values(JSON.parse(String(line)) as Record<string, number>);
  return { parent, pids, watchdog: journalledWatchdog() };
}

function journalledWatchdog(): number {
  const lines = readFileSync(join(undoFolder(), `${runId}.ndjson`), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line)).find((order) => order.undo === 'watchdog').pid;
}

async function findWatchdog(): Promise<number> {
  const pid = journalledWatchdog();
  expect(carries(pid, `ORDEAL_RUN=${runId}`)).toBe(false);
  return pid;
}

/** A process that Ordeal was not told of. */
function bystander(env: Record<string, string>): ChildProcess {
  const child = spawn('sleep', ['300'], { env: { ...process.env, ...env }, stdio: 'ignore', detached: true });
  bystanders.push(child);
  return child;
}

async function gone(pids: number[]): Promise<void> {
  const alive = () =>
    readProcesses()
      .filter((row) => pids.includes(row.pid) && isAlive(row))
      .map((row) => row.pid);
  await expect.poll(alive, { timeout: 8000, interval: 50 }).toEqual([]);
}

/** Files under the temporary folder; the (empty) folder for journals may stay. */
function leftInPlace(): string[] {
  return readdirSync(place, { recursive: true, encoding: 'utf8' }).filter(
    (name) => join(place, name) !== undoFolder(),
  );
}
