import { readProcesses } from '../undo/process-table.ts';
import { listenersAround, openFilesOf } from './listeners.ts';

/** Whether a process of this group listens at this TCP port. False also where /proc does not say (not Linux). */
export function groupListensAt(group: number, port: number): boolean {
  const listeners = listenersAround(process.pid).filter((it) => it.port === port);
  const sockets = new Set(listeners.map(({ file }) => file));
  if (sockets.size === 0) return false;
  return readProcesses().some(
    (it) => it.group === group && openFilesOf(it.pid).some((file) => sockets.has(file)),
  );
}
