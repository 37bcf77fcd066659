import { fs } from '../builtins.ts';

/** Reads a file of the kernel as text; throws when it cannot be read. */
export type ReadText = (path: string) => string;

const readText: ReadText = (path) => fs.readFileSync(path, 'utf8');

/**
 * For how many seconds the kernel has kept the process's control group off the CPU because its quota was used up: a
 * container's CPU limit. Undefined where no such figure is: outside Linux, or in a group that can have no limit.
 *
 * https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu (`throttled_usec`), and for version 1
 * https://docs.kernel.org/scheduler/sched-bwc.html#statistics (`throttled_time`, in nanoseconds).
 */
export function throttledSeconds(read: ReadText = readText): () => number | undefined {
  const file = cpuStatFiles(read).find((path) => secondsIn(read, path) !== undefined);
  return () => (file === undefined ? undefined : secondsIn(read, file));
}

/** Where it may be: a container sees its own group at the top, under the path that `/proc` tells or without it. */
function cpuStatFiles(read: ReadText): string[] {
  const groups = attempt(() => read('/proc/self/cgroup')) ?? '';
  const v2 = /^0::(.*)$/m.exec(groups)?.[1];
  const v1 = /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1];
  const places = [
    ...(v1 === undefined ? [] : [`/sys/fs/cgroup/cpu${v1}`, '/sys/fs/cgroup/cpu']),
    ...(v2 === undefined ? [] : [`/sys/fs/cgroup${v2}`, '/sys/fs/cgroup']),
  ];
  return places.map((place) => `${place.replace(/\/$/, '')}/cpu.stat`);
}

function secondsIn(read: ReadText, path: string): number | undefined {
  const [, name, digits] = attempt(() => /^throttled_(usec|time) (\d+)$/m.exec(read(path))) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) / (name === 'usec' ? 1e6 : 1e9);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
