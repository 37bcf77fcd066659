import { readFileSync } from 'node:fs';
import type { MachineEntry } from '../journal/entry.ts';

const everyMs = 500;
/** `USER_HZ`, in which `/proc/stat` counts, is 100 wherever Node runs. */
const tickMs = 10;

/**
 * Hands on, twice a second, how much CPU time the machine used and how much of what it wanted others had; nothing where
 * there is no `/proc/stat`.
 */
export function watchMachine(nowMs: () => number, onEntry: (entry: MachineEntry) => void): Disposable {
  let last = times();
  let atMs = nowMs();
  const take = () => {
    const now = times();
    const forMs = nowMs() - atMs;
    if (last && now && forMs > 0) {
      const busyMs = now.busyMs - last.busyMs;
      const stolenMs = Math.max(0, now.stolenMs - last.stolenMs);
      onEntry({ kind: 'machine', atMs, forMs, busyMs, stolenMs });
    }
    last = now;
    atMs += forMs;
  };
  const timer = last && setInterval(take, everyMs);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      take();
    },
  };
}

/** https://man7.org/linux/man-pages/man5/proc_stat.5.html: all CPUs together, since the start. */
function times(): { busyMs: number; stolenMs: number } | undefined {
  let text: string;
  try {
    text = readFileSync('/proc/stat', 'utf8');
  } catch {
    return undefined;
  }
  const [, ...ticks] = text.slice(0, text.indexOf('\n')).split(/\s+/);
  const [user = 0, nice = 0, system = 0, _idle, _ioWait, irq = 0, softIrq = 0, steal = 0] = ticks.map(Number);
  return { busyMs: (user + nice + system + irq + softIrq) * tickMs, stolenMs: steal * tickMs };
}
