import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { HarnessError } from '../errors.ts';
import type { Order, RunOrder } from './order.ts';
import { readProcess } from './process-table.ts';

/** Orders on disk before their effect, so that they outlive the harness and the watchdog. */
export interface UndoJournal {
  readonly path: string;
  /** Returns when the line is with the kernel: `kill -9` at the next instruction cannot lose it. */
  append(order: Order): void;
  close(): void;
  /** There is nothing left to undo. */
  remove(): void;
}

/** Where undo journals of this user are: nobody else may write there, for what they name is deleted. */
export function undoFolder(): string {
  return join(tmpdir(), `ordeal-undo-${userInfo().uid}`);
}

/** @throws HarnessError when the folder is somebody else's or open to others. */
export function openUndoJournal(folder: string, runId: string): UndoJournal {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const why = whyNotTrusted(folder);
  if (why)
    throw new HarnessError(
      `The folder for undo journals, ${folder}, has to be a folder of yours with mode 700, but ${why}. Remove it and start again.`,
    );
  const path = join(folder, `${runId}.ndjson`);
  const file = openSync(path, 'ax', 0o600);
  return {
    path,
    append: (order) => void writeSync(file, `${JSON.stringify(order)}\n`),
    close: () => closeSync(file),
    remove: () => rmSync(path, { force: true }),
  };
}

/** A reason in a clause, or undefined when only this user can have written there. */
export function whyNotTrusted(folder: string): string | undefined {
  const stats = lstatSync(folder);
  if (!stats.isDirectory()) return 'it is no folder';
  if (stats.uid !== userInfo().uid) return `it belongs to user ${stats.uid}`;
  if ((stats.mode & 0o077) !== 0) return `its mode is ${(stats.mode & 0o777).toString(8)}`;
  return undefined;
}

/** Process ids mean something only until the machine boots again, and within one pid namespace. */
export function here(): Pick<RunOrder, 'boot' | 'pidNamespace'> {
  return {
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
    pidNamespace: readlinkSync('/proc/self/ns/pid'),
  };
}

export function runOrder(runId: string): RunOrder {
  const startedTicks = readProcess(process.pid)?.startedTicks ?? '';
  return { undo: 'run', runId, pid: process.pid, startedTicks, ...here() };
}
