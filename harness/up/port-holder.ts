import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { listenersAround, openFilesOf } from '../stack/listeners.ts';
import { readProcesses } from '../undo/process-table.ts';

/** Whether somebody could listen at this port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** For a person: `process 4711 (node server.js)`; where that may not be known, how to find out. */
export function holderOf(port: number): string {
  const sockets = new Set(
    listenersAround(process.pid)
      .filter((it) => it.port === port)
      .map(({ file }) => file),
  );
  const holder = readProcesses().find(({ pid }) => openFilesOf(pid).some((file) => sockets.has(file)));
  if (!holder) return `another process (\`ss -ltnp sport = :${port}\` as root tells which)`;
  return `process ${holder.pid} (${commandOf(holder.pid)})`;
}

/** Long enough to know it again. */
const shownCharacters = 120;

function commandOf(pid: number): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
  return words.join(' ').slice(0, shownCharacters) || 'its command is not known';
}
