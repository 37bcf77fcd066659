import { Worker } from 'node:worker_threads';
import { Shelf } from '../../wire/shelf.ts';
import { Sender } from '../sender.ts';
import { LineProducer } from './produce-lines.ts';

/*
 * A process that writes lines for several requests, flushes, loses its thread while it waits for that, and prints what
 * became of the lines: `node loses-its-thread.ts <address of Loki>`.
 */

const [url = ''] = process.argv.slice(2);
const slots = 16;
const shelf = new Shelf(slots);
const sender = new Sender(
  {
    ...{ memory: shelf.memory, slots, service: 'memory-api', version: '1', resource: new Uint8Array() },
    ...{ traces: undefined, metrics: undefined, logs: undefined, maskedFields: [], allowedFields: [] },
    loki: { url, timeoutMs: 10_000 },
  },
  {
    tell: () => {},
    environment: process.env,
    start: (settings) =>
      new Worker(new URL('./dying-worker.ts', import.meta.url), { workerData: settings, env: {} }),
  },
);
new LineProducer(shelf, () => sender.sealed()).produce(3000);
const flushed = sender.flush(6000);
await sender[Symbol.asyncDispose]();
process.stdout.write(JSON.stringify({ flushed, ...shelf.counts('logs') }));
