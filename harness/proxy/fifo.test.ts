import { expect, test } from 'vitest';
import { Fifo } from './fifo.ts';

test('gives everything back in order, also while it is filled', () => {
  const fifo = new Fifo<number>();
  const out: number[] = [];
  for (let i = 0; i < 10_000; i++) {
    fifo.push(i);
    if (i % 3 > 0) out.push(fifo.shift()!);
  }
  expect(fifo.length).toBe(10_000 - out.length);
  expect(fifo.peek()).toBe(out.length);
  while (fifo.length > 0) out.push(fifo.shift()!);
  expect(out).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
  expect([fifo.shift(), fifo.peek(), fifo.length]).toEqual([undefined, undefined, 0]);
});

test('is empty after clear', () => {
  const fifo = new Fifo<number>();
  fifo.push(1);
  fifo.clear();
  expect(fifo.shift()).toBeUndefined();
});
