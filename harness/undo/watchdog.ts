/**
 * The process that undoes a run when its harness is gone: `node watchdog.js <run id> <undo journal>`.
 *
 * 1. It says that it is there, and reads orders from standard input, which ends when the harness does, however that comes about.
 * 2. When the last word was not `done`, it undoes all that was ordered, there or in the journal on disk.
 * 3. It leaves nothing of its own behind: the journal goes, and a log stays only when something could not be undone.
 *
 * No signal ends it early but SIGKILL, and it is never there longer than 30 s after the harness.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { farewell, greeting, parseOrders } from './order.ts';
import { play } from './play.ts';
import { removeUndoJournal } from './undo-journal.ts';

const longestMs = 30_000;

const [runId = '', journalPath = ''] = process.argv.slice(2);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('uncaughtException', (error) => {
  writeLog([`The watchdog failed: ${error.stack}`]);
  process.exit(1);
});

process.stdout.write(greeting);
const said = await text(process.stdin);
if (!said.endsWith(`${farewell}\n`)) await undo();

async function undo(): Promise<void> {
  setTimeout(() => {
    writeLog([`Not everything was undone within ${longestMs / 1000} s; see ${journalPath}.`]);
    process.exit(1);
  }, longestMs);
  const orders = parseOrders(`${said}\n${readJournal()}`);
  const problems = await play(orders, { runId, spared: new Set([process.pid]), lateContainersMs: 3000 });
  if (problems.length > 0) writeLog(problems);
  else removeUndoJournal(journalPath);
  process.exit(0);
}

function readJournal(): string {
  try {
    return readFileSync(journalPath, 'utf8');
  } catch {
    // The harness had just removed it at its normal end, or the disk is gone; standard input said the same.
    return '';
  }
}

/** `wx`: in a folder that everybody writes to, never follow a link that somebody left there. */
function writeLog(lines: string[]): void {
  const path = join(tmpdir(), `ordeal-${runId}.undo.log`);
  rmSync(path, { force: true });
  writeFileSync(path, `${lines.join('\n')}\n`, { flag: 'wx', mode: 0o600 });
}
