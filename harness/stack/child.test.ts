import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type ToldUndo, toldUndo } from '../undo/fixtures/told-undo.ts';
import { type ChildSpec, startChild } from './child.ts';

let folder: string;
let undo: ToldUndo;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ordeal-child-'));
  undo = toldUndo();
});
afterEach(() => rm(folder, { recursive: true }));

function node(code: string, more: Partial<ChildSpec> = {}): ChildSpec {
  const logFile = join(folder, 'log', 'child.log');
  return { command: process.execPath, args: ['-e', code], env: {}, logFile, undo, ...more };
}

/** A busy machine may need seconds to start a Node. */
const patience = { timeout: 10_000 };

const forever = 'setInterval(() => {}, 1e9);';
/** A process that ended but whose new parent has not asked how (Z in proc(5)) is not alive. */
const alive = (pid: number) => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

it('tells the watchdog its pid and how it ended', async () => {
  const child = await startChild(node('process.exit(7)'));
  expect(undo.pids).toEqual([child.pid]);
  expect(await child.exited).toEqual({ code: 7, signal: null });
  expect(child.exit).toEqual({ code: 7, signal: null });
  expect(await child.stop()).toEqual({ code: 7, signal: null });
});

it('gives it its environment and that of the undo journal, and nothing else', async () => {
  const print = 'console.log(JSON.stringify(process.env))';
  const child = await startChild(node(print, { env: { A: '1' }, stdout: 'pipe' }));
  expect(JSON.parse(await text(child.stdout!))).toEqual({ A: '1', ORDEAL_RUN: 'of-this-test' });
});

it('writes stdout and stderr to the log and reads its end', async () => {
  const child = await startChild(node('for (let i = 1; i < 99; i++) console[i % 2 ? "log" : "error"](i)'));
  await child.exited;
  expect(await child.logTail(3)).toBe('96\n97\n98');
  expect((await child.logTail()).split('\n')).toHaveLength(20);
  expect(await readFile(join(folder, 'log', 'child.log'), 'utf8')).toMatch(/^1\n2\n/);
});

it('keeps stderr in the log when stdout is piped', async () => {
  const child = await startChild(node('console.log("out"); console.error("err")', { stdout: 'pipe' }));
  expect(await text(child.stdout!)).toBe('out\n');
  await child.exited;
  expect(await child.logTail()).toBe('err');
});

it.each([
  ['ends by the signal it is given', forever, 'SIGINT', 5_000, { code: null, signal: 'SIGINT' }],
  [
    'may end in its own way',
    `process.on('SIGTERM', () => process.exit(3));${forever}`,
    'SIGTERM',
    5_000,
    { code: 3, signal: null },
  ],
  [
    'is killed when it does not listen',
    `process.on('SIGTERM', () => {});${forever}`,
    'SIGTERM',
    50,
    { code: null, signal: 'SIGKILL' },
  ],
] as const)('%s', async (_, code, signal, graceMs, exit) => {
  const child = await startChild(node(`${code}console.log('up')`));
  await vi.waitFor(async () => expect(await child.logTail()).toBe('up'), patience);
  expect(await child.stop(signal, graceMs)).toEqual(exit);
});

it.each(['stop', 'kill'] as const)('leaves no grandchild behind after %s', async (how) => {
  const stubborn = `process.on("SIGTERM",()=>{});${forever}console.log(process.pid)`;
  const spawn = `require('child_process').spawn(process.execPath, ['-e', '${stubborn}'], { stdio: 'inherit' });`;
  const child = await startChild(node(`${spawn}${forever}`));
  await vi.waitFor(async () => expect(await child.logTail()).toMatch(/^\d+$/), patience);
  const pid = Number(await child.logTail());
  expect(alive(pid)).toBe(true);
  if (how === 'stop') await child.stop();
  else process.kill(child.pid, 'SIGKILL');
  await vi.waitFor(() => expect(alive(pid)).toBe(false), patience);
});

it('does not get the signals of our own group', async () => {
  await using child = await startChild(node(forever));
  const group = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ')[1]!.split(' ')[2];
  expect(Number(group)).toBe(child.pid);
});

it('says which program could not be started', async () => {
  const start = startChild({ ...node(''), command: join(folder, 'not-there') });
  await expect(start).rejects.toMatchObject({ code: 'ENOENT', path: join(folder, 'not-there') });
  expect(undo.pids).toEqual([]);
});
