import { dirname } from 'node:path';
import { fs } from '../builtins.ts';
import { reason } from '../complain.ts';
import type { HookRow } from './table.ts';

/** What stands in the file that `ORDEAL_HOOKS_FILE` names; JSON. */
export interface WrittenTable {
  readonly pid: number;
  readonly node: string;
  /** The script that the process runs. */
  readonly main: string;
  /** A server of the process listens: it is the service, and not npm or another parent that got the preload too. */
  readonly listens: boolean;
  readonly bundled: boolean;
  readonly rows: readonly HookRow[];
  /** Other packages that watch services, in the same process. */
  readonly monitors: readonly string[];
  /** Instrumentations of OpenTelemetry that were loaded for packages of the service. */
  readonly instrumentations: readonly string[];
}

/**
 * In one step, so that nobody reads half of it. A process that listens is not overwritten by one that does not.
 * @throws Error that names the file, when it cannot be written.
 */
export function writeTable(file: string, table: WrittenTable): void {
  try {
    if (!table.listens && listensAlready(file, table.pid)) return;
    const beside = `${file}.${process.pid}`;
    fs.mkdirSync(dirname(file), { recursive: true });
    try {
      fs.writeFileSync(beside, `${JSON.stringify(table, undefined, 2)}\n`);
      fs.renameSync(beside, file);
    } finally {
      // There only when it could not be moved.
      fs.rmSync(beside, { force: true });
    }
  } catch (error) {
    throw new Error(`${file} (ORDEAL_HOOKS_FILE) cannot be written: ${reason(error)}`, { cause: error });
  }
}

function listensAlready(file: string, pid: number): boolean {
  try {
    const other = JSON.parse(fs.readFileSync(file, 'utf8')) as WrittenTable;
    return other.listens && other.pid !== pid;
  } catch {
    return false;
  }
}
