import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcesses } from './end-processes.ts';
import { findLeftovers } from './leftovers.ts';
import { marker, runLabels } from './marker.ts';
import type { ContainersOrder, FolderOrder, Order, ProcessOrder } from './order.ts';

export interface PlayOptions {
  runId: string;
  /** The pids of the harness and the watchdog. */
  spared: ReadonlySet<number>;
  /** How long containers may still appear, because the harness died while it asked for one; 0 when it did not. */
  lateContainersMs: number;
}

/**
 * Undoes everything: processes and containers at the same time, then the folders they wrote to. Doing it twice does
 * no harm. Resolves with what could not be undone, a sentence each; never rejects.
 */
export async function play(orders: readonly Order[], options: PlayOptions): Promise<string[]> {
  const failed = await Promise.all([
    endAll(only(orders, 'process'), options),
    ...only(orders, 'containers').map((order) => removeAll(order, options)),
  ]);
  const folders = await Promise.all(only(orders, 'folder').map(removeFolder));
  return [...failed, ...folders].flat();
}

function only<U extends Order['undo']>(orders: readonly Order[], undo: U): Extract<Order, { undo: U }>[] {
  return orders.filter((order): order is Extract<Order, { undo: U }> => order.undo === undo);
}

async function endAll(told: ProcessOrder[], { runId, spared }: PlayOptions): Promise<string[]> {
  const left = await endProcesses(() => findLeftovers(told, marker(runId), spared));
  return left.map(
    ({ pid }) => `Process ${pid} is still there after SIGTERM and SIGKILL; end it with kill -9 ${pid}.`,
  );
}

/** Tries once a second: until nothing appears any more, or for 10 s while the engine does not answer. */
async function removeAll({ dockerHost }: ContainersOrder, options: PlayOptions): Promise<string[]> {
  const { removeContainers } = await import('./containers.ts');
  const labels = runLabels(options.runId);
  const startMs = Date.now();
  for (;;) {
    const removed = await removeContainers(dockerHost, labels).catch(reason);
    const elapsedMs = Date.now() - startMs;
    const quiet = typeof removed === 'number' && elapsedMs >= options.lateContainersMs;
    if (quiet) return [];
    const givenUp = typeof removed !== 'number' && elapsedMs >= 3 * options.lateContainersMs;
    if (givenUp)
      return [
        `Containers with the label ordeal.run=${options.runId} may be left at ${dockerHost}: ${removed}. Remove them with docker rm -f $(docker ps -aq --filter label=ordeal.run=${options.runId}).`,
      ];
    await sleep(1000);
  }
}

/** A second try, because what has just been ended may have written while the folder was being emptied. */
async function removeFolder({ path }: FolderOrder): Promise<string[]> {
  const remove = () => rm(path, { recursive: true, force: true });
  try {
    await remove().catch(() => sleep(500).then(remove));
    return [];
  } catch (error) {
    return [`The folder ${path} is still there: ${reason(error)}. Remove it with rm -r.`];
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
