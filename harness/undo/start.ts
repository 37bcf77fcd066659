import { homedir } from 'node:os';
import { isAbsolute, relative } from 'node:path';
import { HarnessError } from '../errors.ts';
import { runEnv, runLabels } from './marker.ts';
import type { Order } from './order.ts';
import { play } from './play.ts';
import { readProcess } from './process-table.ts';
import type { Undo } from './undo.ts';
import { openUndoJournal, runOrder, undoFolder } from './undo-journal.ts';
import { dismissWatchdog, greeted, howItEnded, startWatchdog } from './watchdog-process.ts';

export interface UndoOptions {
  /** Letters, digits, `.`, `_` and `-`; no other run ever has the same. */
  runId: string;
  /** Told what a person should know: the watchdog is gone, something could not be undone. */
  onNote?(text: string): void;
}

/**
 * Starts the watchdog and opens the undo journal. Disposing undoes what the run has not, ends the watchdog and
 * leaves neither process nor file behind.
 *
 * @throws HarnessError when the journal's folder cannot be trusted; what the watchdog cannot do is only noted.
 */
export async function startUndo({ runId, onNote = () => {} }: UndoOptions): Promise<Undo> {
  if (!/^[\w-][\w.-]{0,199}$/.test(runId))
    throw new HarnessError(`A run id has to be letters, digits, ".", "_" and "-", but it is "${runId}".`);
  const journal = openUndoJournal(undoFolder(), runId);
  const orders: Order[] = [];
  const watchdog = startWatchdog(runId, journal.path);
  let saidGoodbye = false;

  function tell(order: Order): void {
    orders.push(order);
    try {
      journal.append(order);
    } catch (error) {
      onNote(
        `The undo journal ${journal.path} cannot be written (${error}); only the watchdog knows what to undo.`,
      );
    }
    if (watchdog.stdin?.writable) watchdog.stdin.write(`${JSON.stringify(order)}\n`);
  }

  async function end(): Promise<void> {
    const problems = await play(orders, {
      runId,
      spared: new Set([process.pid, watchdog.pid ?? process.pid]),
      lateContainersMs: 0,
    });
    for (const problem of problems) onNote(problem);
    journal.close();
    if (problems.length === 0) journal.remove();
    saidGoodbye = true;
    await dismissWatchdog(watchdog);
  }

  tell(runOrder(runId));
  const watchdogIs = watchdog.pid && identify(watchdog.pid);
  if (watchdogIs) tell({ undo: 'watchdog', ...watchdogIs });
  const problem = await greeted(watchdog);
  if (problem) onNote(gone(problem));
  else watchdog.once('exit', () => !saidGoodbye && onNote(gone(howItEnded(watchdog))));

  let ended: Promise<void> | undefined;
  return {
    env: runEnv(runId),
    labels: runLabels(runId),
    process(pid) {
      const identity = identify(pid);
      if (identity) tell({ undo: 'process', ...identity });
    },
    containers: (dockerHost) => tell({ undo: 'containers', dockerHost }),
    folder(path) {
      refuseToRemove(path);
      tell({ undo: 'folder', path });
    },
    [Symbol.asyncDispose]() {
      ended ??= end();
      return ended;
    },
  };
}

/** Undefined when it is gone already. @throws HarnessError for pids that can only be a mistake. */
function identify(pid: number): { pid: number; startedTicks: string } | undefined {
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid)
    throw new HarnessError(`Expected the pid of a child to be ended later, but got ${pid}.`);
  const row = readProcess(pid);
  return row && { pid, startedTicks: row.startedTicks };
}

/** @throws HarnessError for folders whose loss nobody can want. */
function refuseToRemove(path: string): void {
  const above = (inner: string) => !relative(path, inner).startsWith('..');
  if (!isAbsolute(path) || above(homedir()) || above(process.cwd()))
    throw new HarnessError(
      `Expected the absolute path of a folder that only this run uses, but got "${path}"; it will not be removed.`,
    );
}

function gone(why: string): string {
  return `The watchdog is gone (${why}): if the harness is killed now, processes and containers stay behind until the next run starts.`;
}
