import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * From now on the kernel takes nothing that this process writes to a file, of whatever length, as on a disk that is full: every
 * write fails (EFBIG). It needs no disk of its own to fill, and nobody's rights.
 *
 * @returns disposing it makes room again
 */
export async function fillDiskOf(pid: number): Promise<AsyncDisposable> {
  await limit(pid, '0');
  return { [Symbol.asyncDispose]: () => limit(pid, 'unlimited') };
}

/** The soft limit alone: it can be lifted again. */
async function limit(pid: number, sizeBytes: string): Promise<void> {
  await run('prlimit', [`--pid=${pid}`, `--fsize=${sizeBytes}:`]);
}
