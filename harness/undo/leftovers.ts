import type { ProcessOrder } from './order.ts';
import { carries, type ProcessRow, readProcesses } from './process-table.ts';

/**
 * The live processes that belong to a run: those told of (with the same start time, so that a reused pid is left
 * alone), those that carry the run's marker, their process groups, and everything below them. Members of a group
 * whose leader has gone need the marker: the number may belong to somebody else by now.
 */
export function findLeftovers(
  told: readonly ProcessOrder[],
  marker: string,
  spared: ReadonlySet<number>,
  table: readonly ProcessRow[] = readProcesses(),
): ProcessRow[] {
  const ticksByPid = new Map(told.map((order) => [order.pid, order.startedTicks]));
  const roots = table.filter(
    (row) =>
      !spared.has(row.pid) && (ticksByPid.get(row.pid) === row.startedTicks || carries(row.pid, marker)),
  );
  const family = new Set(roots.map((row) => row.pid));
  const leaders = new Set(roots.filter((row) => row.group === row.pid).map((row) => row.pid));
  for (let before = -1; before !== family.size; ) {
    before = family.size;
    for (const row of table)
      if (!spared.has(row.pid) && (family.has(row.parent) || leaders.has(row.group))) family.add(row.pid);
  }
  return table.filter((row) => family.has(row.pid) && !row.zombie && row.pid > 1);
}
