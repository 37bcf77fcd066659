import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Order, parseOrders, type RunOrder } from './order.ts';
import { play } from './play.ts';
import { isAlive } from './process-table.ts';
import { here, removeUndoJournal, undoFolder, whyNotTrusted } from './undo-journal.ts';

export interface Abandoned {
  /** Runs of which nothing is left now. */
  undone: string[];
  /** What could not be undone, a sentence each. */
  problems: string[];
}

/** Undoes the runs whose harness and watchdog were both killed. Quick when there is nothing to do. */
export async function playAbandoned(folder: string = undoFolder()): Promise<Abandoned> {
  const result: Abandoned = { undone: [], problems: [] };
  for (const path of journals(folder)) {
    const orders = readOrders(path);
    const run = orders.find((order) => order.undo === 'run');
    if (!run || !isAbandoned(orders, run)) continue;
    const problems = await play(sinceBoot(orders, run), {
      runId: run.runId,
      spared: new Set([process.pid]),
      lateContainersMs: 0,
    });
    if (problems.length === 0) {
      removeUndoJournal(path);
      result.undone.push(run.runId);
    }
    result.problems.push(...problems.map((problem) => `${problem} (To forget it, delete ${path}.)`));
  }
  return result;
}

function journals(folder: string): string[] {
  try {
    if (whyNotTrusted(folder)) return [];
    return readdirSync(folder)
      .filter((name) => name.endsWith('.ndjson'))
      .map((name) => join(folder, name));
  } catch {
    // No run has been here yet.
    return [];
  }
}

function readOrders(path: string): Order[] {
  try {
    return parseOrders(readFileSync(path, 'utf8'));
  } catch {
    // Its run has just ended.
    return [];
  }
}

function isAbandoned(orders: Order[], run: RunOrder): boolean {
  const now = here();
  if (run.boot !== now.boot) return true;
  // In another container the pids name other processes: who is alive there cannot be known from here.
  if (run.pidNamespace !== now.pidNamespace) return false;
  return !orders.some((order) => (order.undo === 'run' || order.undo === 'watchdog') && isAlive(order));
}

/** No process outlives a boot, but its number may be somebody else's now. */
function sinceBoot(orders: Order[], run: RunOrder): Order[] {
  return run.boot === here().boot ? orders : orders.filter((order) => order.undo !== 'process');
}
