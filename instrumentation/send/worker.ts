import { parentPort, workerData } from 'node:worker_threads';
import { Shelf } from '../wire/shelf.ts';
import type { Handover, Letter, SenderSettings } from './letter.ts';
import { lineShape } from './line-shape.ts';
import { openDestinations } from './open-destinations.ts';
import { Outbox } from './outbox.ts';

/* What the thread of the last try runs. Everything that was not released is on the shelf, and is sent. */

/** A try where the one before failed: it is worth a moment, not the whole time. */
const hopelessMs = 500;

const settings = workerData as SenderSettings;
const shelf = new Shelf(settings.slots, settings.memory);
const outbox = new Outbox(shelf);
// What the trouble is was told already, or nobody is left to be told.
openDestinations(settings, lineShape(settings), outbox, () => {});

parentPort?.on('message', (letter: Letter) => {
  if (letter.handover) void flush(letter.number, letter.handover);
  else outbox.look();
});

/** For how long is for the service's thread to say: it waits, and ends the process. */
async function flush(number: number, handover: Handover): Promise<void> {
  outbox.takeOver(handover);
  await outbox.flush(hopelessMs);
  shelf.tellFlushed(number);
}
