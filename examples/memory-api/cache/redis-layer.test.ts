import { EventEmitter } from 'node:events';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CircuitBreakerOpenError } from '../errors.ts';
import { createLogger } from '../logger.ts';
import { until } from '../test-servers.ts';
import type { RedisConnection } from './connection.ts';
import { RedisLayer } from './redis-layer.ts';

const retryMs = 250;
const pauseMs = 2 * retryMs;

/** A layer over a Redis whose answers to MGET the test gives, and which is away when it says so; time passes as it says. */
function openLayer() {
  let nowMs = performance.now();
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  onTestFinished(() => clock.mockRestore());
  const asked: { keys: string[]; answer: () => void }[] = [];
  const client = Object.assign(new EventEmitter(), {
    info: async () => 'run_id:one',
    mget: (...keys: string[]) =>
      new Promise((resolve) => asked.push({ keys, answer: () => resolve(keys.map((key) => `kept ${key}`)) })),
  });
  const listeners: (() => void)[] = [];
  let open = false;
  const connection = {
    client,
    onAway: (listener: () => void) => listeners.push(listener),
    async run(command: (redis: unknown) => Promise<unknown>) {
      if (open) throw new CircuitBreakerOpenError('redis');
      return command(client);
    },
  } as unknown as RedisConnection;
  const options = { connection, stampTtlS: 1, maxOutstanding: 1, retryMs };
  const layer = new RedisLayer(options, createLogger('silent'));
  return {
    away() {
      open = true;
      for (const listener of listeners) listener();
    },
    reset() {
      open = false;
    },
    pass(ms: number) {
      nowMs += ms;
    },
    read: () => layer.read('value', ['stamp']),
    /** Begins to read, and gives what Redis is asked and the end of it. */
    async begin() {
      const before = asked.length;
      const read = layer.read('value', ['stamp']);
      await until(() => asked.length === before + 1);
      return {
        keys: asked.at(-1)!.keys,
        async end() {
          asked.at(-1)!.answer();
          return await read;
        },
      };
    },
  };
}

const stamps = ['stamp:everything:one', 'stamp:stamp'];

it('believes what Redis kept once others had the time to tell it what they wrote while it was away', async () => {
  const layer = openLayer();
  layer.away();
  layer.reset();
  const first = await layer.begin();
  expect(first.keys).toEqual(stamps);
  expect(await first.end()).toMatchObject({ text: null });
  layer.pass(pauseMs - 1);
  const early = await layer.begin();
  expect(early.keys).toEqual(stamps);
  await early.end();
  layer.pass(1);
  expect((await layer.begin()).keys).toEqual(['value', ...stamps]);
});

it('takes no answer to what was asked before Redis was away again for its being back', async () => {
  const layer = openLayer();
  layer.away();
  layer.reset();
  const late = await layer.begin();
  layer.away();
  await late.end();
  expect(await layer.read()).toBeUndefined();
  // Nobody can tell Redis anything in that time.
  layer.pass(10 * pauseMs);
  layer.reset();
  const first = await layer.begin();
  expect(first.keys).toEqual(stamps);
  await first.end();
  layer.pass(pauseMs);
  expect((await layer.begin()).keys).toEqual(['value', ...stamps]);
});
