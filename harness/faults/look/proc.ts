import { readFile } from 'node:fs/promises';

/**
 * What Linux tells of processes, summed up: memory in use (VmRSS) and CPU used so far by all their threads (utime and
 * stime, in ticks of 10 ms: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html).
 * @throws Error that says what could not be read; there is no /proc but on Linux
 */
export async function residentMb(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(
    pids.map(async (pid) => {
      const text = await read(`/proc/${pid}/status`);
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]) / 1024;
    }),
  );
  return sum(each);
}

/** In ms; see `residentMb`. */
export async function cpuUsedMs(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(
    pids.map(async (pid) => {
      const text = await read(`/proc/${pid}/stat`);
      // The name stands in parentheses and may hold anything; utime and stime are the 12th and 13th field after it.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * msPerTick;
    }),
  );
  return sum(each);
}

const msPerTick = 10;

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    const why =
      process.platform === 'linux' ? (error as Error).message : `there is none on ${process.platform}`;
    throw new Error(`${path} cannot be read: ${why}`);
  }
}

function sum(values: readonly number[]): number {
  if (values.length === 0) throw new Error('no process of the target came to the control channel');
  return values.reduce((total, it) => total + it, 0);
}
