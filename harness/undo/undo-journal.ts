import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
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

/** @throws HarnessError when the folder cannot be written, is somebody else's or open to others. */
export function openUndoJournal(folder: string, runId: string): UndoJournal {
  const path = join(folder, `${runId}.ndjson`);
  const file = openIn(folder, path);
  return {
    path,
    append: (order) => void writeSync(file, `${JSON.stringify(order)}\n`),
    close: () => closeSync(file),
    remove: () => removeUndoJournal(path),
  };
}

function openIn(folder: string, path: string, triesLeft = 10): number {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    const why = whyNotTrusted(folder);
    if (why) throw new Error(why);
    return openSync(path, 'ax', 0o600);
  } catch (error) {
    // Another run may have made the folder just now, or have ended and taken it with it when it was empty.
    const { code } = error as NodeJS.ErrnoException;
    if ((code === 'ENOENT' || (code === 'EEXIST' && !existsSync(path))) && triesLeft > 0)
      return openIn(folder, path, triesLeft - 1);
    throw new HarnessError(
      `The undo journal ${path} has to be written to a folder of yours with mode 700, but ${(error as Error).message}. Remove that folder, or set TMPDIR to another place, and start again.`,
      { cause: error },
    );
  }
}

/** And the folder with it, when no other run is using it. */
export function removeUndoJournal(path: string): void {
  rmSync(path, { force: true });
  try {
    rmdirSync(dirname(path));
  } catch {
    // Other journals are in it, or it is gone already.
  }
}

/** A reason in a clause, or undefined when nobody but this user can have written there. */
export function whyNotTrusted(folder: string): string | undefined {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (!stats) return undefined;
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
