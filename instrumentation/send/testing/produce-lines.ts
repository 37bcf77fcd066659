import { Feed } from '../../wire/feed.ts';
import type { Shelf } from '../../wire/shelf.ts';
import type { Writer } from '../../wire/writer.ts';

/** A log line as it goes into a slot (see letter.ts). */
export function writeLine(writer: Writer, { text, atMs }: { text: string; atMs: number }): void {
  const bytes = Buffer.from(text);
  const header = Buffer.alloc(12);
  header.writeUInt32LE(bytes.length);
  header.writeDoubleLE(atMs, 4);
  writer.raw(header);
  writer.raw(bytes);
}

/** Writes numbered lines as pino does: `line 0`, `line 1` and so on. */
export class LineProducer {
  produced = 0;
  readonly feed: Feed;

  constructor(shelf: Shelf, onSealed: () => void, mostSlots = shelf.slots) {
    this.feed = new Feed({ shelf, signal: 'logs', mostSlots, onSealed });
  }

  produce(count: number): void {
    for (let index = 0; index < count; index++) {
      const msg = `line ${this.produced++}`;
      const text = JSON.stringify({ level: 30, time: Date.now(), pid: 1, hostname: 'h', msg });
      this.feed.add(writeLine, { text, atMs: Date.now() });
    }
    this.feed.seal();
  }
}
