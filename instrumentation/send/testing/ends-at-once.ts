import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { Shelf } from '../../wire/shelf.ts';
import { Sender } from '../sender.ts';
import { LineProducer } from './produce-lines.ts';

/*
 * A process that writes 100 lines, ends, and prints what became of them:
 * `node ends-at-once.ts <address of Loki or for OTLP> exit|throw|return|under-way`.
 */

const [url = '', how] = process.argv.slice(2);
const shelf = new Shelf(8);
const sender = new Sender(
  {
    ...{ memory: shelf.memory, slots: 8, service: 'memory-api', version: '1', resource: new Uint8Array() },
    ...{ traces: undefined, metrics: undefined, maskedFields: [], allowedFields: [] },
    ...(url.endsWith('/v1/logs')
      ? { logs: { url, encoding: 'proto', headers: {}, gzip: false, timeoutMs: 10_000 }, loki: undefined }
      : { logs: undefined, loki: { url, timeoutMs: 10_000 } }),
  },
  { tell: () => {}, environment: process.env },
);
const lines = new LineProducer(shelf, () => sender.sealed());
process.on('exit', () => {
  lines.produce(50);
  sender.flush(5000);
  process.stdout.write(JSON.stringify(shelf.counts('logs')));
});
lines.produce(50);
if (how === 'exit') process.exit(3);
if (how === 'throw') throw new Error('on purpose');
// When the first 50 were sent, and their answer is not there yet.
if (how === 'under-way') {
  // Sending keeps no process alive.
  setTimeout(() => process.exit(1), 10_000);
  subscribe('http.client.request.created', (message) => {
    const { request } = message as { request: ClientRequest };
    request.once('finish', () => process.exit(3));
  });
}
