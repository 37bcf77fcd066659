import { subscribe } from 'node:diagnostics_channel';
import type { CacheLookup } from '../../examples/memory-api/events.ts';

/*
 * Runs in the service (`node --import`), counts what it tells of its cache, and says so when it is asked by the process
 * that started it.
 */

/** Since the last time that it was asked. */
export interface Lookups {
  hit: number;
  miss: number;
  unavailable: number;
}

let lookups: Lookups = { hit: 0, miss: 0, unavailable: 0 };

subscribe('memory-api:cache', (message) => {
  lookups[(message as CacheLookup).outcome] += 1;
});
process.on('message', () => {
  process.send!(lookups);
  lookups = { hit: 0, miss: 0, unavailable: 0 };
});
// Nobody waits for a question when the service has ended.
process.channel!.unref();
