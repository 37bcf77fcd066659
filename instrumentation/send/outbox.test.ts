import { expect, it } from 'vitest';
import { Shelf } from '../wire/shelf.ts';
import { Destination, type DestinationOptions } from './destination.ts';
import { usualPace } from './letter.ts';
import { Outbox } from './outbox.ts';
import { Patience } from './patience.ts';
import type { Poster } from './post.ts';
import { LineProducer } from './testing/produce-lines.ts';
import { Turns } from './turns.ts';

function destinationAt(host: string, options: Partial<DestinationOptions> = {}): Destination {
  return new Destination({
    host,
    poster: { close: () => {} } as unknown as Poster,
    pace: usualPace,
    turns: new Turns(),
    mostInFlight: 1,
    pack: () => ({ body: Buffer.alloc(1), headers: {} }),
    onDone: () => {},
    onTrouble: () => {},
    ...options,
  });
}

it('who was not tried is failing where another on the same host does', () => {
  const outbox = new Outbox(new Shelf(8));
  const [traces, metrics, logs] = ['collector', 'collector', 'loki'].map((host) => destinationAt(host));
  outbox.add('traces', traces!);
  outbox.add('metrics', metrics!);
  outbox.add('logs', logs!);
  traces!.expectFailure();
  expect(outbox.letGo(new Patience(0)).failing).toEqual([0, 1]);
});

it('a try that a flush waited for in vain is not waited for again; a later one is', async () => {
  const shelf = new Shelf(8);
  const outbox = new Outbox(shelf);
  const tries: PromiseWithResolvers<never>[] = [];
  const post = () => {
    const one = Promise.withResolvers<never>();
    tries.push(one);
    return one.promise;
  };
  const destination = destinationAt('collector', {
    poster: { post, close: () => {} } as unknown as Poster,
    onDone: (slot, lost) => outbox.done(slot, lost),
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
