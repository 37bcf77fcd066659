import { readFileSync } from 'node:fs';

/** Linux reports CPU time in ticks of this length (`getconf CLK_TCK` is 100 everywhere). */
const tickMs = 10;

/** CPU time of a process with all its threads, user and system. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Resident memory now, and the most there ever was. */
export function rssMbOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return { now: megabytes(status, 'VmRSS'), peak: megabytes(status, 'VmHWM') };
}

function megabytes(status: string, field: string): number {
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}
