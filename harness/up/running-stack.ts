import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { isAlive, readProcess } from '../undo/process-table.ts';
import type { Observability } from './observability.ts';
import type { Ports } from './ports.ts';

/** What an `ordeal up` that runs tells others on this machine: `stack.json` in its folder. */
export interface RunningStack {
  readonly pid: number;
  readonly startedTicks: string;
  /** Unix time in milliseconds. */
  readonly sinceMs: number;
  readonly ports: Ports;
  /** Names of what runs. */
  readonly services: readonly string[];
  readonly runTargets?: string;
}

const prefix = 'ordeal-up-';
const fileName = 'stack.json';

export function stackFolder(id: string): string {
  return join(tmpdir(), prefix + id);
}

export function describeStack(folder: string, { ports, services, runTargets }: Observability): void {
  const startedTicks = readProcess(process.pid)?.startedTicks ?? '';
  const stack: RunningStack = {
    ...{ pid: process.pid, startedTicks, sinceMs: Date.now(), ports, services: [...services.keys()] },
    ...(runTargets !== undefined && { runTargets }),
  };
  writeFileSync(join(folder, fileName), JSON.stringify(stack), { mode: 0o600 });
}

/** The one that was started last, of those of this user that still run. */
export function findRunningStack(): RunningStack | undefined {
  const stacks = readdirSync(tmpdir())
    .filter((name) => name.startsWith(prefix))
    .map((name) => readStack(join(tmpdir(), name)))
    .filter((stack) => stack !== undefined && isAlive(stack));
  return stacks.sort((a, b) => b!.sinceMs - a!.sinceMs)[0];
}

/** What somebody else has put there is not believed: a run tells it all that its target says. */
function readStack(folder: string): RunningStack | undefined {
  try {
    if (lstatSync(folder).uid !== userInfo().uid) return undefined;
    return JSON.parse(readFileSync(join(folder, fileName), 'utf8'));
  } catch {
    // It is not ready yet, or has just ended.
    return undefined;
  }
}
