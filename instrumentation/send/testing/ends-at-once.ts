import { Shelf } from '../../wire/shelf.ts';
import { Sender } from '../sender.ts';
import { LineProducer } from './produce-lines.ts';

/* A process that writes 100 lines and ends: `node ends-at-once.ts <Loki's address> exit|throw|return`. */

const [url = '', how] = process.argv.slice(2);
const shelf = new Shelf(8);
const sender = new Sender(
  {
    ...{ memory: shelf.memory, slots: 8, service: 'memory-api', version: '1', resource: new Uint8Array() },
    ...{ traces: undefined, metrics: undefined, logs: undefined, maskedFields: [], allowedFields: [] },
    loki: { url, timeoutMs: 10_000 },
  },
  { tell: () => {}, environment: process.env },
);
const lines = new LineProducer(shelf, () => sender.sealed());
process.on('exit', () => {
  lines.produce(50);
  sender.flush(5000);
});
lines.produce(50);
if (how === 'exit') process.exit(3);
if (how === 'throw') throw new Error('on purpose');
