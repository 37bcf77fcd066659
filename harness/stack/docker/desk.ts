import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPart, needs } from '../../setup/fixtures/parts.ts';
import { startUndo } from '../../undo/start.ts';
import type { StartContext } from '../service.ts';

/** For tests: the engine of this machine, if one answers. */
export const engine = await findPart('docker');

export const { runs, titled } = await needs('docker');

const run = promisify(execFile);

/** Asks Docker's own client, another witness than the provider. */
export async function askDocker(...args: string[]): Promise<string[]> {
  const { stdout } = await run('docker', ['-H', engine!.path, ...args]);
  return stdout.split('\n').filter(Boolean);
}

export interface Desk extends AsyncDisposable {
  readonly context: StartContext;
  readonly notes: string[];
  /** All containers of this desk, also those that do not run. */
  containers(): Promise<string[]>;
}

/** What a run gives a provider: a folder, a watchdog, labels of its own. */
export async function openDesk(signal = new AbortController().signal): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'ordeal-docker-test-'));
  const undo = await startUndo({ runId: `docker-test-${randomUUID()}` });
  const notes: string[] = [];
  const [[label, id]] = Object.entries(undo.labels) as [[string, string]];
  return {
    context: { undo, folder, signal, onNote: (text) => notes.push(text) },
    notes,
    containers: () => askDocker('ps', '-aq', '--filter', `label=${label}=${id}`),
    async [Symbol.asyncDispose]() {
      await undo[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
