import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ProgramSpec } from '../scenario/scenario.ts';
import { type ToldUndo, toldUndo } from '../undo/fixtures/told-undo.ts';
import { startContext } from './fixtures/start-context.ts';
import { groupListensAt } from './listens.ts';
import { startProgram } from './program.ts';

let folder: string;
let undo: ToldUndo;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ordeal-program-'));
  undo = toldUndo();
});
afterEach(() => rm(folder, { recursive: true }));

const context = () => startContext(folder, undo);

/** Serves at `/ready` alone, and tells what it sees of its environment and where it runs. */
const source = `
  const { PORT, NOTE, OTEL_SERVICE_NAME, ORDEAL_RUN } = process.env;
  require('node:http').createServer((request, response) => {
    response.statusCode = request.url === '/ready' ? 200 : 404;
    response.end(JSON.stringify({ NOTE, OTEL_SERVICE_NAME, ORDEAL_RUN, cwd: process.cwd() }));
  }).listen(Number(PORT), '127.0.0.1', () => console.log('listening'));`;

const spec = (changes: Partial<ProgramSpec> = {}): ProgramSpec => ({
  kind: 'http',
  command: ['node', '-e', source],
  cwd: '.',
  env: { PORT: '{port}', NOTE: 'at {port}' },
  ready: { path: '/ready' },
  ...changes,
});
const home = () => ({ folder, env: { ...process.env, OTEL_SERVICE_NAME: 'of the harness' } });

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('serves at its port, in its folder, with its environment; the watchdog knows it; nothing is left', async () => {
  const service = await startProgram('it', spec(), context(), home());
  const answer = await fetch(`http://${service.host}:${service.port}/ready`);
  expect(await answer.json()).toEqual({
    NOTE: `at ${service.port}`,
    ORDEAL_RUN: 'of-this-test',
    cwd: folder,
  });
  expect(service).toMatchObject({ name: 'it', kind: 'http' });
  expect(await readFile(join(folder, 'it.log'), 'utf8')).toBe('listening\n');
  expect(undo.pids.filter(isAlive)).toHaveLength(1);
  await service[Symbol.asyncDispose]();
  expect(undo.pids.filter(isAlive)).toEqual([]);
});

/** Serves its port from another process group, which is gone with it; when that has answered, it wants the port too. */
const late = `
  const impostor = require('node:child_process').spawn(process.execPath, ['-e', \`
    require('node:http').createServer((request, response) => {
      response.end();
      process.send('asked');
    }).listen(Number(process.env.PORT), '127.0.0.1');
    process.on('disconnect', () => process.exit());\`],
    { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  impostor.once('message', () => require('node:net').createServer().listen(Number(process.env.PORT), '127.0.0.1'));`;

it('does not take the answer of somebody else who has its port for its own', async () => {
  const starting = startProgram('it', spec({ command: ['node', '-e', late] }), context(), home());
  await expect(starting).rejects.toThrow(/ended before it was ready: exit code 1(.|\n)*EADDRINUSE/);
  expect(undo.pids).toHaveLength(3);
});

it.runIf(process.platform === 'linux')('knows by whom a port is served', async () => {
  await using service = await startProgram('it', spec(), context(), home());
  expect(groupListensAt(undo.pids[0]!, service.port)).toBe(true);
  expect(groupListensAt(process.pid, service.port)).toBe(false);
});

it.each([
  [
    'ends at once',
    { command: ['node', '-e', 'console.log("no licence"); process.exit(3)'] },
    /exit code 3(.|\n)*no licence/,
  ],
  [
    'is nowhere',
    { command: ['no-such-program'] },
    /^Program "it" could not be started: .*ENOENT\. Expected a program on PATH, got "no-such-program"\.$/,
  ],
] as const)('a program that %s is told with its name and why', async (_, changes, message) => {
  const given = { ...changes, command: [...changes.command] };
  await expect(startProgram('it', spec(given), context(), home())).rejects.toThrow(message);
  expect(undo.pids.filter(isAlive)).toEqual([]);
});
