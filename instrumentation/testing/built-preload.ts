import { execFile } from 'node:child_process';
import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { lock } from '../../harness/setup/lock.ts';

const run = promisify(execFile);
const workspace = fileURLToPath(new URL('..', import.meta.url));
const preload = join(workspace, 'dist', 'preload.js');
const patienceMs = 120_000;

/**
 * The preload as it is published (`dist/preload.js`), which runs on every Node that it supports. Built anew when a
 * source is newer.
 * @throws Error with what the compiler said.
 */
export async function builtPreload(): Promise<string> {
  await using _ = await lock(workspace, () => {}, AbortSignal.timeout(patienceMs));
  if (await isStale()) await build();
  return preload;
}

async function build(): Promise<void> {
  try {
    await run('npm', ['run', 'build'], { cwd: workspace, timeout: patienceMs });
  } catch (error) {
    throw new Error(`the preload cannot be built: ${(error as { stdout?: string }).stdout}`, {
      cause: error,
    });
  }
}

async function isStale(): Promise<boolean> {
  const builtMs = await changedMs(preload);
  if (builtMs === undefined) return true;
  for await (const source of glob(['**/*.ts', '*.json'], {
    cwd: workspace,
    exclude: ['node_modules/**', 'dist/**', 'testing/**', 'e2e/**'],
  }))
    if (((await changedMs(join(workspace, source))) ?? 0) > builtMs) return true;
  return false;
}

async function changedMs(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}
