import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, test } from 'vitest';
import type { StatusMessage } from '../control/messages.ts';
import type { View } from '../fault.ts';
import { lookAt } from './look-at.ts';

const signal = new AbortController().signal;
const look: View = { moment: 'during', before: undefined };
type Status = Pick<StatusMessage, 'dateMs' | 'lookup'>;

/** Answers when `delayMs` has passed; not at all when that is undefined. */
async function serverThat(delayMs: () => number | undefined) {
  const server = createServer((_, response) => {
    const ms = delayMs();
    if (ms === undefined) response.destroy();
    else setTimeout(() => response.end(), ms);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What is left of a block of `blockMs` in every 500 ms. */
const left = (blockMs: number) => () => Math.max(0, blockMs - (performance.now() % 500));

function reachOf(statuses: () => Status[], pids: number[] = []) {
  const control = {
    env: {},
    arrival: async () => {},
    pids: () => pids,
    inject: async () => ({ heal: async () => {} }),
    status: async () => statuses() as StatusMessage[],
    async [Symbol.asyncDispose]() {},
  };
  return { link: () => undefined as never, kind: () => 'redis' as const, control };
}

describe('an event loop that', () => {
  test.each<[string, () => number | undefined, string]>([
    ['turns', () => 0, 'works'],
    ['stands still as long as asked', left(200), 'affected'],
    ['stands still for much less', left(60), 'works'],
    ['belongs to a slow service', () => 250, 'works'],
    ['answers nothing', () => undefined, 'silent'],
  ])('%s', async (_, delayMs, seen) => {
    await using server = await serverThat(delayMs);
    const fault = { kind: 'block-event-loop', blockMs: 200, everyMs: 500 } as const;
    const sighting = await lookAt(
      fault,
      reachOf(() => []),
      server.url,
    )(look, signal);
    expect(sighting.seen, sighting.detail).toBe(seen);
  });
});

describe.runIf(process.platform === 'linux')('memory and CPU of this process', () => {
  test.each([
    [{ kind: 'allocate-heap', sizeMb: 100 }, 'MB', 1e6, 'works'],
    [{ kind: 'allocate-heap', sizeMb: 100 }, 'MB', -200, 'affected'],
    [{ kind: 'burn-cpu', cores: 1 }, 'cores', 0, 'works'],
    [{ kind: 'burn-cpu', cores: 1 }, 'cores', -2, 'affected'],
  ] as const)('%o against %s before: %s', async (fault, unit, before, seen) => {
    const see = lookAt(
      fault,
      reachOf(() => [], [process.pid]),
      '',
    );
    const first = await see({ moment: 'before', before: undefined }, signal);
    expect([first.seen, first.measured!.unit]).toEqual(['works', unit]);
    const view: View = { moment: 'during', before: { value: before, unit } };
    expect((await see(view, signal)).seen).toBe(seen);
    expect((await see(look, signal)).seen).toBe('unseen');
  });

  it('of a process that is gone cannot be seen', async () => {
    const see = lookAt(
      { kind: 'allocate-heap', sizeMb: 100 },
      reachOf(() => [], [2 ** 30]),
      '',
    );
    expect(await see(look, signal)).toMatchObject({
      seen: 'unseen',
      detail: expect.stringContaining('/proc/1073741824/status cannot be read'),
    });
  });
});

const lookup = (tookMs: number, failed?: string): Status => ({
  dateMs: 0,
  lookup: { name: 'x', tookMs, ...(failed && { failed }) },
});
const off = (ms: number): Status => ({ dateMs: Date.now() + ms });
const slow = { kind: 'slow-dns', latencyMs: 100 } as const;
const failing = { kind: 'fail-dns', code: 'ENOTFOUND' } as const;
const skewed = { kind: 'skew-clock', skewMs: 5000 } as const;

test.each([
  [slow, () => [lookup(1)], 'works'],
  [slow, () => [lookup(100)], 'affected'],
  [slow, () => [lookup(100), lookup(1)], 'works'],
  [failing, () => [lookup(1)], 'works'],
  [failing, () => [lookup(1, 'EAI_AGAIN')], 'works'],
  [failing, () => [lookup(1, 'ENOTFOUND')], 'affected'],
  [skewed, () => [off(0)], 'works'],
  [skewed, () => [off(5000)], 'affected'],
  [skewed, () => [off(5000), off(0)], 'unseen'],
  [skewed, () => [off(-5000)], 'unseen'],
] as const)('%o by what the target says: %s', async (fault, statuses, seen) => {
  const sighting = await lookAt(
    fault,
    reachOf(() => [...statuses()]),
    '',
  )(look, signal);
  expect(sighting.seen, sighting.detail).toBe(seen);
  expect(sighting.detail).toContain('says of itself');
});
