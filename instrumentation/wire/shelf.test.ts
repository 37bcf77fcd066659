import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { Shelf, slotBytes } from './shelf.ts';

function sealed(shelf: Shelf, signal: 'traces' | 'metrics' | 'logs', text: string, items = 1): number {
  const index = shelf.take(signal, shelf.slots) as number;
  shelf.countProduced(signal, items);
  shelf.seal(index, Buffer.from(text), items);
  return index;
}

const texts = (shelf: Shelf, signal: 'traces' | 'logs') =>
  shelf.sealed(signal).map(({ bytes }) => Buffer.from(bytes).toString());

describe('Shelf', () => {
  it('is the same from both sides of its memory', () => {
    const service = new Shelf(4);
    const sender = new Shelf(4, service.memory);
    sealed(service, 'logs', 'a', 2);
    const [slot] = sender.sealed('logs');
    expect(slot).toMatchObject({ items: 2, sequence: 0 });
    expect(Buffer.from(slot!.bytes).toString()).toBe('a');
    sender.release('logs', slot!, 'delivered');
    expect(service.counts('logs')).toEqual({ produced: 2, delivered: 2, dropped: 0 });
    expect(service.sealed('logs')).toEqual([]);
  });

  it('hands out what was sealed in that order, by signal, without what is known', () => {
    const shelf = new Shelf(8);
    const first = shelf.take('logs', 8)!;
    sealed(shelf, 'logs', 'second');
    sealed(shelf, 'traces', 'span');
    shelf.seal(first, Buffer.from('third'), 1);
    expect(texts(shelf, 'logs')).toEqual(['second', 'third']);
    expect(texts(shelf, 'traces')).toEqual(['span']);
    expect(shelf.sealed('logs', (index) => index === first)).toHaveLength(1);
    expect(shelf.waitingSlots).toBe(3);
  });

  it('keeps the order where the count of slots goes round at 2^31 and 2^32', () => {
    for (const start of [2 ** 31 - 2, -2]) {
      const shelf = new Shelf(8);
      const [sealedWord, releasedWord] = [1, 2];
      const words = new Int32Array(shelf.memory);
      words[sealedWord] = words[releasedWord] = start;
      for (const text of ['a', 'b', 'c', 'd']) sealed(shelf, 'logs', text);
      expect(texts(shelf, 'logs')).toEqual(['a', 'b', 'c', 'd']);
      expect(shelf.waitingSlots).toBe(4);
    }
  });

  it('gives a signal no more slots than it may have, and none when all are taken', () => {
    const shelf = new Shelf(3);
    expect([shelf.take('logs', 2), shelf.take('logs', 2), shelf.take('logs', 2)]).toEqual([0, 1, undefined]);
    expect([shelf.take('traces', 2), shelf.take('traces', 2)]).toEqual([2, undefined]);
    shelf.seal(0, Buffer.alloc(0), 0);
    expect(shelf.take('logs', 2)).toBeUndefined();
    shelf.release('logs', shelf.sealed('logs')[0]!, 'dropped');
    expect(shelf.take('logs', 2)).toBe(0);
  });

  it.each<[number | 'delivered' | 'dropped', number, number]>([
    ['delivered', 10, 0],
    ['dropped', 0, 10],
    [3, 7, 3],
  ])('lost %s of 10: delivered %i, dropped %i', (lost, delivered, dropped) => {
    const shelf = new Shelf(2);
    sealed(shelf, 'traces', 'x', 10);
    shelf.release('traces', shelf.sealed('traces')[0]!, lost);
    shelf.countProduced('traces', 1);
    shelf.countDropped('traces', 1);
    expect(shelf.counts('traces')).toEqual({ produced: 11, delivered, dropped: dropped + 1 });
  });

  it('waits for a flush from another thread, and no longer than it may', async () => {
    const shelf = new Shelf(1);
    const before = performance.now();
    expect(shelf.awaitFlushed(1, 30)).toBe(false);
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);

    const tell = `const { workerData } = require('node:worker_threads');
      Atomics.store(new Int32Array(workerData), 0, 2); Atomics.notify(new Int32Array(workerData), 0);`;
    const worker = new Worker(tell, { eval: true, workerData: shelf.memory });
    expect(shelf.awaitFlushed(1, 20_000)).toBe(true);
    await worker.terminate();
  });

  it('has slots of their own, beginning on a page', () => {
    const shelf = new Shelf(5);
    for (let slot = 0; slot < 5; slot++) sealed(shelf, 'logs', 'a');
    const starts = shelf.sealed('logs').map(({ bytes }) => bytes.byteOffset);
    expect(starts.map((start) => start % 4096)).toEqual([0, 0, 0, 0, 0]);
    expect(starts.map((start) => start - starts[0]!)).toEqual(
      [0, 1, 2, 3, 4].map((index) => index * slotBytes),
    );
    expect(shelf.memory.byteLength).toBe(starts[4]! + slotBytes);
  });
});
