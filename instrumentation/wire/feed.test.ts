import { describe, expect, it } from 'vitest';
import { Feed } from './feed.ts';
import { Shelf, slotBytes } from './shelf.ts';
import type { Writer } from './writer.ts';

const text = (writer: Writer, item: string) => writer.raw(Buffer.from(item));
const prefix = Buffer.from('<p>');

function feed(slots = 4, mostSlots = slots) {
  const shelf = new Shelf(slots);
  let told = 0;
  const made = new Feed({ shelf, signal: 'traces', mostSlots, prefix, onSealed: () => told++ });
  const waiting = () =>
    shelf.sealed('traces').map(({ bytes, items }) => [Buffer.from(bytes).toString(), items]);
  return { shelf, feed: made, waiting, told: () => told };
}

describe('Feed', () => {
  it('puts items after one another behind the prefix, until it is sealed', () => {
    const { feed: to, waiting, told, shelf } = feed();
    to.seal();
    expect(told()).toBe(0);
    to.add(text, 'a');
    to.add(text, 'b', 3);
    expect(to.waiting).toBe(4);
    to.seal();
    to.add(text, 'c');
    to.seal();
    expect(waiting()).toEqual([
      ['<p>ab', 4],
      ['<p>c', 1],
    ]);
    expect(told()).toBe(2);
    expect(shelf.counts('traces')).toEqual({ produced: 5, delivered: 0, dropped: 0 });
  });

  it('goes on in the next slot with an item that has no room, whole', () => {
    const { feed: to, waiting, told } = feed();
    const half = 'x'.repeat(slotBytes / 2);
    for (const end of ['1', '2', '3']) to.add(text, half + end);
    expect(told()).toBe(2);
    to.seal();
    expect(waiting()).toEqual(['1', '2', '3'].map((end) => [`<p>${half}${end}`, 1]));
  });

  it.each<[string, (to: ReturnType<typeof feed>) => void]>([
    ['larger than a slot', ({ feed: to }) => to.add(text, 'x'.repeat(slotBytes))],
    ['that cannot be written', ({ feed: to }) => expect(() => to.add(throwing, 'half')).toThrow('cannot')],
  ])('an item %s is counted and leaves the others whole', (_, add) => {
    const all = feed();
    all.feed.add(text, 'before');
    add(all);
    all.feed.add(text, 'after');
    all.feed.seal();
    expect(
      all
        .waiting()
        .map(([written]) => written)
        .join(''),
    ).toMatch(/^<p>before(<p>)?after$/);
    expect(all.shelf.counts('traces')).toEqual({ produced: 3, delivered: 0, dropped: 1 });
  });

  it('without a slot, items are dropped and counted, until there is one', () => {
    const { feed: to, shelf } = feed(4, 1);
    to.add(text, 'a');
    to.seal();
    to.add(text, 'b', 2);
    expect(shelf.counts('traces')).toEqual({ produced: 3, delivered: 0, dropped: 2 });
    shelf.release('traces', shelf.sealed('traces')[0]!, 'delivered');
    to.add(text, 'c');
    to.seal();
    expect(shelf.counts('traces')).toEqual({ produced: 4, delivered: 1, dropped: 2 });
    expect(shelf.sealed('traces')).toHaveLength(1);
  });
});

function throwing(writer: Writer, item: string): void {
  writer.raw(Buffer.from(item));
  throw new Error('cannot be written');
}
