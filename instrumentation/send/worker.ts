import { parentPort, workerData } from 'node:worker_threads';
import { Shelf } from '../wire/shelf.ts';
import type { Flushed, Letter, Notice, SenderSettings } from './letter.ts';
import { lineShape } from './line-shape.ts';
import { openDestinations } from './open-destinations.ts';
import { Outbox } from './outbox.ts';

/* What the sender's thread runs. Slots of a predecessor that died are still on the shelf, and are sent again. */

const settings = workerData as SenderSettings;
const shelf = new Shelf(settings.slots, settings.memory);
const outbox = new Outbox(shelf);
const say = (what: Notice | Flushed) => parentPort?.postMessage(what);
openDestinations(settings, lineShape(settings), outbox, (text) => say({ kind: 'notice', text }));

parentPort?.on('message', (letter: Letter) => {
  if (letter.kind === 'flush') void flush(letter);
  else outbox.look();
});
outbox.look();

async function flush({ number, forMs }: Letter & { kind: 'flush' }): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, forMs);
  await Promise.race([outbox.flush(), late.promise]);
  clearTimeout(timer);
  shelf.tellFlushed(number);
  say({ kind: 'flushed', number });
}
