import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InfrastructureError } from '../errors.ts';
import { toldUndo } from '../undo/fixtures/told-undo.ts';
import { type Child, startChild } from './child.ts';
import { describeExit, waitUntilReady } from './ready.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ordeal-ready-'));
});
afterEach(() => rm(folder, { recursive: true }));

function start(code: string): Promise<Child> {
  const logFile = join(folder, 'log');
  return startChild({ command: process.execPath, args: ['-e', code], env: {}, logFile, undo: toldUndo() });
}

const forever = 'setInterval(() => {}, 1e9)';
const never = new AbortController().signal;
const refuses = async () => {
  throw new Error('connection refused');
};

it('is over once the probe succeeds', async () => {
  await using child = await start(forever);
  let tries = 0;
  const probe = async () => {
    if (++tries < 3) throw new Error('not yet');
  };
  await waitUntilReady({ what: 'It', child, probe, timeoutMs: 5_000, signal: never });
  expect(tries).toBe(3);
});

it.each([
  [
    'console.error("no disk"); process.exit(3)',
    'It ended before it was ready: exit code 3. The end of its log:\n  | no disk',
  ],
  [
    'process.kill(process.pid, "SIGKILL")',
    'It ended before it was ready: killed by SIGKILL. The end of its log:\n  | (empty)',
  ],
])('shows how it ended: %s', async (code, message) => {
  await using child = await start(code);
  const waiting = waitUntilReady({ what: 'It', child, probe: refuses, timeoutMs: 5_000, signal: never });
  await expect(waiting).rejects.toEqual(new InfrastructureError(message));
});

it('shows the last attempt when time is up', async () => {
  await using child = await start(forever);
  const waiting = waitUntilReady({ what: 'It', child, probe: refuses, timeoutMs: 60, signal: never });
  await expect(waiting).rejects.toThrow(
    /^It was not ready after 60 ms \(last attempt: connection refused\)\. The end/,
  );
});

it('gives up for the reason of the signal', async () => {
  await using child = await start(forever);
  const signal = AbortSignal.abort(new Error('Ctrl-C'));
  await expect(
    waitUntilReady({ what: 'It', child, probe: refuses, timeoutMs: 5_000, signal }),
  ).rejects.toThrow('Ctrl-C');
});

it.each([
  [{ exit: undefined }, 'still running'],
  [{ exit: { code: 0, signal: null } }, 'exit code 0'],
  [{ exit: { code: null, signal: 'SIGTERM' as const } }, 'killed by SIGTERM'],
])('%j is %s', (child, words) => {
  expect(describeExit(child)).toBe(words);
});
