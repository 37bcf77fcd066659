import { expect, it } from 'vitest';
import { Feed } from './feed.ts';
import { Sealing } from './sealing.ts';
import { Shelf } from './shelf.ts';
import type { Writer } from './writer.ts';

const text = (writer: Writer, item: string) => writer.raw(Buffer.from(item));

function feeds(shelf: Shelf, count: number): Feed[] {
  const feed = () => new Feed({ shelf, signal: 'traces', mostSlots: shelf.slots, onSealed: () => {} });
  return Array.from({ length: count }, feed);
}

/** As a receiver that takes everything. */
function deliver(shelf: Shelf): void {
  for (const slot of shelf.sealed('traces')) shelf.release('traces', slot, 'delivered');
}

it('seals every feed at each tick, however many there are', () => {
  const shelf = new Shelf(16);
  const all = feeds(shelf, 6);
  const sealing = new Sealing(shelf, all);
  for (let tick = 0; tick < 9; tick++) {
    for (const feed of all) feed.add(text, 'item');
    sealing.tick();
    expect(all.map(({ waiting }) => waiting)).toEqual([0, 0, 0, 0, 0, 0]);
    deliver(shelf);
  }
});

it('while nothing is taken seals at every tenth tick alone, and at the next one when it is taken again', () => {
  const shelf = new Shelf(32);
  const [feed] = feeds(shelf, 1) as [Feed];
  const sealing = new Sealing(shelf, [feed]);
  const waiting = [];
  for (let tick = 1; tick <= 20; tick++) {
    feed.add(text, 'item');
    sealing.tick();
    waiting.push(shelf.waitingOf('traces'));
  }
  expect(waiting).toEqual([1, 2, 3, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 6]);
  feed.add(text, 'item');
  deliver(shelf);
  sealing.tick();
  expect(feed.waiting).toBe(0);
});
