import { readdirSync, readFileSync } from 'node:fs';

/** A process as the kernel describes it. A pid alone can be reused; pid and `startedTicks` together cannot. */
export interface ProcessRow {
  pid: number;
  parent: number;
  group: number;
  /** Clock ticks from boot to its start. */
  startedTicks: string;
  /** Ended, but its parent has not asked how. */
  zombie: boolean;
}

/** The process with this pid, or undefined when there is none. */
export function readProcess(pid: number): ProcessRow | undefined {
  const text = readProc(pid, 'stat');
  return text === undefined ? undefined : parseStat(text);
}

export function readProcesses(): ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((row) => row !== undefined);
}

export function isAlive({ pid, startedTicks }: Pick<ProcessRow, 'pid' | 'startedTicks'>): boolean {
  const row = readProcess(pid);
  return row !== undefined && !row.zombie && row.startedTicks === startedTicks;
}

/** Whether the process was started with exactly this `NAME=value` in its environment, and we may know it. */
export function carries(pid: number, variable: string): boolean {
  const environment = readProc(pid, 'environ');
  return environment?.split('\0').includes(variable) === true;
}

/** Field numbers from proc_pid_stat(5): 3 state, 4 ppid, 5 pgrp, 22 starttime. */
export function parseStat(text: string): ProcessRow {
  // The name stands in parentheses and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startedTicks: fields[19] ?? '',
    zombie: fields[0] === 'Z' || fields[0] === 'X',
  };
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    // Gone, or somebody else's: not ours to end either way.
    return undefined;
  }
}
