import { readFileSync } from 'node:fs';

/** Resident memory of a process, in MB of 2^20 bytes (proc(5): `VmRSS`). */
export function residentMb(pid: number | undefined): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
