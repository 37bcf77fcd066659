import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { listenersAround, openFilesOf } from '../stack/listeners.ts';
import { containersOf, dockerEngine } from './containers.ts';
import { processesWith } from './processes.ts';

/**
 * Vitest runs this before and after the whole suite: processes, listening sockets, containers and temporary folders
 * of ours must be the same. Other work on the machine is not ours to judge, so only what carries our marks counts.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const before = await snapshot();
  return async () => {
    const left = await settledDifference(before);
    if (left.length > 0) throw new Error(`The suite left behind:\n${left.map((it) => `  ${it}`).join('\n')}`);
  };
}

const patienceMs = 15_000;

/** Watchdogs may still be at work for a moment. */
async function settledDifference(before: ReadonlySet<string>): Promise<string[]> {
  const untilMs = Date.now() + patienceMs;
  for (;;) {
    const left = [...(await snapshot())].filter((it) => !before.has(it));
    if (left.length === 0 || Date.now() > untilMs) return left;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function snapshot(): Promise<Set<string>> {
  const processes = processesWith('ORDEAL_RUN=');
  const sockets = processes.flatMap(({ pid }) => listeningSockets(pid));
  const folders = readdirSync(tmpdir()).filter(
    (name) => name.startsWith('ordeal-') && !name.startsWith('ordeal-undo-'),
  );
  return new Set([
    ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
    ...sockets,
    ...folders.map((name) => `folder ${tmpdir()}/${name}`),
    ...(await containersOf(await dockerEngine())),
  ]);
}

function listeningSockets(pid: number): string[] {
  const files = new Set(openFilesOf(pid));
  return listenersAround(pid)
    .filter(({ file }) => files.has(file))
    .map(({ address, port }) => `socket ${address}:${port} of process ${pid}`);
}
