import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type End, within } from './fault.ts';

/**
 * Uses as much CPU as `cores` cores have, in threads beside the service's own: the process is short of CPU, its event
 * loop lives. (A loop that stands still is a fault of its own.) A thread for every core begun, all equally busy.
 */
export async function burnCpu(fault: { cores: unknown }): Promise<End> {
  const cores = within('cores', fault.cores, 0.01, availableParallelism());
  const threads = Math.ceil(cores);
  const workers = Array.from({ length: threads }, () => start(cores / threads));
  const end = async () => void (await Promise.all(workers.map((it) => it.terminate())));
  try {
    await Promise.all(workers.map(online));
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

/** With nothing of the service's environment or flags: a preload of its own has no business in there. */
function start(share: number): Worker {
  const worker = new Worker(`(${burn})(${share})`, { eval: true, env: {}, execArgv: [] });
  worker.unref();
  return worker;
}

function online(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('online', resolve);
    worker.on('error', reject);
  });
}

/** Runs in the thread, as text: it may use nothing from outside. Busy for `share` of every 20 ms, until terminated. */
function burn(share: number): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  const everyMs = 20;
  for (;;) {
    const startedMs = performance.now();
    while (performance.now() < startedMs + share * everyMs);
    if (share < 1) Atomics.wait(never, 0, 0, (1 - share) * everyMs);
  }
}
