import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { MachineEntry } from '../journal/entry.ts';
import { watchMachine } from './watch-machine.ts';

it.runIf(existsSync('/proc/stat'))('tells what the machine did, without a gap', async () => {
  const entries: MachineEntry[] = [];
  const beganMs = performance.now();
  {
    using _watching = watchMachine(
      () => performance.now(),
      (entry) => entries.push(entry),
    );
    while (performance.now() < beganMs + 700);
    await new Promise((go) => setTimeout(go, 1));
  }
  const lastedMs = performance.now() - beganMs;
  expect(entries.length).toBeGreaterThanOrEqual(2);
  expect(entries.reduce((sum, { forMs }) => sum + forMs, 0)).toBeGreaterThan(0.95 * lastedMs);
  for (const [i, { atMs, forMs }] of entries.slice(0, -1).entries())
    expect(entries[i + 1]!.atMs).toBeCloseTo(atMs + forMs);
  const wantedMs = entries.reduce((sum, { busyMs, stolenMs }) => sum + busyMs + stolenMs, 0);
  expect(wantedMs).toBeGreaterThan(300);
});
