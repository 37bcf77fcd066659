import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type ProcessRow } from './process-table.ts';

const graceMs = 2000;
const giveUpAfterMs = 10_000;

/**
 * Ends what `find` finds until it finds nothing: SIGTERM, and SIGKILL after 2 s to those that stay.
 * Resolves with those that could not be ended.
 */
export async function endProcesses(find: () => ProcessRow[]): Promise<ProcessRow[]> {
  const deadlineMs = Date.now() + giveUpAfterMs;
  let unending: ProcessRow[] = [];
  for (let rows = find(); rows.length > 0; rows = find()) {
    if (Date.now() > deadlineMs) return rows;
    for (const row of rows) send(row, 'SIGTERM');
    const stubborn = await stillThere(rows, graceMs);
    for (const row of stubborn) send(row, 'SIGKILL');
    unending = await stillThere(stubborn, graceMs);
  }
  return unending.filter(isAlive);
}

async function stillThere(rows: ProcessRow[], forMs: number): Promise<ProcessRow[]> {
  const deadlineMs = Date.now() + forMs;
  let left = rows.filter(isAlive);
  while (left.length > 0 && Date.now() < deadlineMs) {
    await sleep(25);
    left = left.filter(isAlive);
  }
  return left;
}

/** To the whole group when the process leads one: that also reaches children born since the table was read. */
function send(row: ProcessRow, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (!isAlive(row)) return;
  try {
    process.kill(row.group === row.pid ? -row.pid : row.pid, signal);
  } catch {
    // Gone meanwhile, or not ours to end: whether it is still there is asked afterwards.
  }
}
