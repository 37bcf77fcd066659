import { expect, it } from 'vitest';
import { Shelf } from '../wire/shelf.ts';
import { Destination } from './destination.ts';
import { usualPace } from './letter.ts';
import { Outbox } from './outbox.ts';
import type { Poster } from './post.ts';
import { LineProducer } from './testing/produce-lines.ts';
import { Turns } from './turns.ts';

it('a try that a flush waited for in vain is not waited for again; a later one is', async () => {
  const shelf = new Shelf(8);
  const outbox = new Outbox(shelf);
  const tries: PromiseWithResolvers<never>[] = [];
  const post = () => {
    const one = Promise.withResolvers<never>();
    tries.push(one);
    return one.promise;
  };
  const destination = new Destination({
    poster: { post, close: () => {} } as unknown as Poster,
    pace: usualPace,
    turns: new Turns(),
    mostInFlight: 1,
    pack: () => ({ body: Buffer.alloc(1), headers: {} }),
    onDone: (slot, lost) => outbox.done(slot, lost),
    onTrouble: () => {},
  });
  outbox.add('logs', destination);
  destination.expectFailure();
  new LineProducer(shelf, () => {}).produce(1);
  const [soonMs, neverMs] = [20, 600_000];
  await outbox.flush(soonMs);
  expect(tries).toHaveLength(1);
  await outbox.flush(neverMs);

  tries[0]?.reject(new Error('on purpose'));
  await new Promise((go) => setTimeout(go, 20));
  const order: string[] = [];
  const flushed = outbox.flush(neverMs).then(() => order.push('flushed'));
  await new Promise((go) => setTimeout(go, 50));
  expect(tries).toHaveLength(2);
  order.push('waits');
  tries[1]?.reject(new Error('on purpose'));
  await flushed;
  expect(order).toEqual(['waits', 'flushed']);
}, 10_000);
