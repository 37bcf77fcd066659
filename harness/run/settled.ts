import { setTimeout as sleep } from 'node:timers/promises';

const quietMs = 500;
const longestMs = 5000;
const pollMs = 50;

/** Waits until a count has not grown for half a second (the target exports every 200 ms); 5 s at most. */
export async function settled(count: () => number, signal: AbortSignal): Promise<void> {
  let last = count();
  let quietForMs = 0;
  for (let waitedMs = 0; waitedMs < longestMs && quietForMs < quietMs; waitedMs += pollMs) {
    await sleep(pollMs, undefined, { signal });
    const now = count();
    quietForMs = now === last ? quietForMs + pollMs : 0;
    last = now;
  }
}
