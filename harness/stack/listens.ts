import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readProcesses } from '../undo/process-table.ts';

/** Whether a process of this group listens at this TCP port. False also where /proc does not say (not Linux). */
export function groupListensAt(group: number, port: number): boolean {
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listenersIn(table, port)));
  if (sockets.size === 0) return false;
  return readProcesses().some(
    (it) => it.group === group && filesOf(it.pid).some((file) => sockets.has(file)),
  );
}

/** Of proc_net_tcp(5): 2 local address, 4 state, 10 inode; LISTEN is 10 (include/net/tcp_states.h). */
function listenersIn(table: string, port: number): string[] {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = read(() => readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1)) ?? [];
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(hex) && state === '0A')
    .map((fields) => `socket:[${fields[9]}]`);
}

function filesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const names = read(() => readdirSync(folder)) ?? [];
  return names.flatMap((name) => read(() => readlinkSync(`${folder}/${name}`)) ?? []);
}

/** Undefined when it is not there (any more), or somebody else's. */
function read<T>(what: () => T): T | undefined {
  try {
    return what();
  } catch {
    return undefined;
  }
}
