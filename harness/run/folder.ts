import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { HarnessError } from '../errors.ts';

/**
 * Makes `<root>/<scenario>/<started-at>/`, a new one also when two runs start in the same millisecond.
 * @throws HarnessError when it cannot be made.
 */
export function makeRunFolder(root: string, scenario: string, nowMs: number): string {
  const startedAt = new Date(nowMs).toISOString().replaceAll(':', '-');
  try {
    mkdirSync(join(root, scenario), { recursive: true });
    for (let n = 1; ; n += 1) {
      const folder = join(root, scenario, n === 1 ? startedAt : `${startedAt}-${n}`);
      if (makeNew(folder)) return folder;
    }
  } catch (cause) {
    throw new HarnessError(
      `The run folder cannot be written below ${root}: ${(cause as Error).message}. Nothing was started. Give another with --runs <folder>.`,
      { cause },
    );
  }
}

function makeNew(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
