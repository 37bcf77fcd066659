import { beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { startRedis, type TestRedis, until } from '../test-servers.ts';
import { addUser, allow, ask, openCache, type TestCache, texts } from './test-cache.ts';

const { runs, titled } = await needs('redis');

let redis: TestRedis;

beforeEach(async () => {
  redis = await startRedis();
  return () => redis[Symbol.asyncDispose]();
});

const unguarded = { breaker: { enabled: false, failures: 1, resetMs: 1 } };
const hour = 3_600_000;
const never = () => Promise.reject(new Error('should not have been asked'));

/** A load that says `value` once `end` is called; `begun` resolves when it was asked. */
function slowly(value: string) {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const load = async () => {
    begun.resolve();
    await ended.promise;
    return value;
  };
  return { load, begun: begun.promise, end: ended.resolve };
}

/** Whether the cache has it; puts it there when not. */
async function foundIn(reader: TestCache, key: string): Promise<boolean> {
  let found = true;
  await reader.text(key, async () => {
    found = false;
    return 'loaded';
  });
  return found;
}

describe.runIf(runs)(titled('reading through'), () => {
  it('loads once, for all processes, and keeps it for the TTL', async () => {
    await using a = await openCache(redis.url);
    await using b = await openCache(redis.url);
    expect(await a.text('memory:1', 'one')).toBe('one');
    expect(await a.text('memory:1', never)).toBe('one');
    expect(await b.text('memory:1', never)).toBe('one');
    const ttlS = await ask(redis, (client) => client.ttl('memory:1'));
    expect(ttlS).toBeGreaterThan(290);
    expect(ttlS).toBeLessThanOrEqual(300);
  });

  it('loads again when the TTL is over', async () => {
    await using a = await openCache(redis.url, { ttlS: 1 });
    await a.text('memory:1', 'one');
    await until(async () => (await ask(redis, (client) => client.exists('memory:1'))) === 0);
    expect(await a.text('memory:1', 'two')).toBe('two');
  });

  it('keeps that there is nothing, but not as long', async () => {
    await using a = await openCache(redis.url, { negativeTtlS: 30 });
    expect(await a.text('memory:1', undefined)).toBeUndefined();
    expect(await a.text('memory:1', never)).toBeUndefined();
    expect(await ask(redis, (client) => client.ttl('memory:1'))).toBeLessThanOrEqual(30);
    await a.invalidate('memory:1');
    expect(await a.text('memory:1', 'one')).toBe('one');
  });

  it('loads once for fifty who ask at once', async () => {
    await using a = await openCache(redis.url);
    let loads = 0;
    const load = async () => `load ${++loads}`;
    const answers = await Promise.all(Array.from({ length: 50 }, () => a.text('memory:1', load)));
    expect(new Set(answers)).toEqual(new Set(['load 1']));
  });

  it('passes on what the load throws and does not keep it', async () => {
    await using a = await openCache(redis.url);
    await expect(a.text('memory:1', () => Promise.reject(new Error('no database')))).rejects.toThrow(
      'no database',
    );
    expect(await a.text('memory:1', 'one')).toBe('one');
  });

  it.each(['{"under":', 'null', '[]', '7', '{"under":[]}', '{"under":["a","b"],"value":"old"}'])(
    'takes %s for a miss',
    async (text) => {
      await using a = await openCache(redis.url);
      await a.text('memory:1', 'old');
      await ask(redis, (client) => client.set('memory:1', text));
      expect(await a.text('memory:1', 'new')).toBe('new');
      expect(await a.text('memory:1', never)).toBe('new');
    },
  );

  it('takes a value of another kind for a miss', async () => {
    await using a = await openCache(redis.url);
    await a.get('memory:1', async () => 7, { parse: Number, stamps: ['memory:1'] });
    expect(await a.text('memory:1', 'one')).toBe('one');
  });
});

describe.runIf(runs)(titled('invalidating'), () => {
  it('is seen by every process', async () => {
    await using a = await openCache(redis.url);
    await using b = await openCache(redis.url);
    await a.text('memory:1', 'old');
    await b.invalidate('memory:1');
    expect(await a.text('memory:1', 'new')).toBe('new');
    expect(await b.text('memory:1', never)).toBe('new');
  });

  it.each([
    ['worked', async () => 'done', 'fulfilled'],
    ['failed, for it may have been made', () => Promise.reject(new Error('lost')), 'rejected'],
  ])('comes with a change that %s', async (_, work, status) => {
    await using a = await openCache(redis.url);
    await a.text('memory:1', 'old');
    const [settled] = await Promise.allSettled([a.change(['memory:1'], work)]);
    expect(settled?.status).toBe(status);
    expect(await a.text('memory:1', 'new')).toBe('new');
  });

  it.each(['the same process', 'another process'])(
    'reaches a load that began before it, by %s',
    async (who) => {
      await using a = await openCache(redis.url);
      await using b = await openCache(redis.url);
      const old = slowly('old');
      const early = a.text('memory:1', old.load);
      await old.begun;
      await (who === 'the same process' ? a : b).invalidate('memory:1');
      old.end();
      expect(await early).toBe('old');
      expect(await b.text('memory:1', 'new')).toBe('new');
      expect(await a.text('memory:1', never)).toBe('new');
    },
  );

  it('does not let who asks after it wait for a load that began before it', async () => {
    await using a = await openCache(redis.url);
    const old = slowly('old');
    const early = a.text('memory:1', old.load);
    await old.begun;
    await a.invalidate('memory:1');
    expect(await a.text('memory:1', 'new')).toBe('new');
    old.end();
    await early;
    expect(await a.text('memory:1', never)).toBe('new');
  });

  it('reaches a load that began before it when Redis lost its stamps meanwhile', async () => {
    await using a = await openCache(redis.url);
    await using b = await openCache(redis.url);
    const old = slowly('old');
    const early = a.text('memory:1', old.load);
    await old.begun;
    await b.invalidate('memory:1');
    await ask(redis, (client) => client.flushall());
    old.end();
    await early;
    expect(await b.text('memory:1', 'new')).toBe('new');
  });
});

describe.runIf(runs)(titled('an invalidation that Redis does not take'), () => {
  it('counts at once where it was made, and for the others when Redis takes it', async () => {
    await using a = await openCache(await addUser(redis, 'a'), unguarded);
    await using b = await openCache(redis.url);
    await a.text('memory:1', 'old');
    await allow(redis, 'a', '-unlink');
    await a.invalidate('memory:1');
    expect(await a.text('memory:1', 'new')).toBe('new');
    expect(await b.text('memory:1', never), 'nobody can know yet').toBe('old');
    await allow(redis, 'a', '+unlink');
    await until(async () => (await b.text('memory:1', 'new')) === 'new');
    expect(await a.text('memory:1', never)).toBe('new');
  });

  it('counts after an outage through which Redis kept what it had', async () => {
    const breaker = { enabled: true, failures: 1, resetMs: 500 };
    await using a = await openCache(redis.url, { breaker, commandTimeoutMs: 100 });
    await using b = await openCache(redis.url, { breaker, commandTimeoutMs: 100, retryMs: hour });
    await a.text('memory:1', 'old');
    redis.pause();
    for (const one of [a, b]) {
      expect(await one.text('memory:2', 'two')).toBe('two');
      expect(one.connection.state).toBe('open');
    }
    await a.invalidate('memory:1');
    redis.resume();
    for (const one of [a, b]) {
      expect(await one.text('memory:1', 'new')).toBe('new');
      await until(() => one.connection.run((client) => client.ping()));
      expect(await one.text('memory:1', 'new')).toBe('new');
    }
  });

  it.each([
    // Longer than Redis is silent here, so that the connection stays.
    ['on the connection that was silent', { retryMs: 20, commandTimeoutMs: 1000 }, 'ready'],
    ['on a new one', { retryMs: hour, commandTimeoutMs: 100 }, 'reconnecting'],
  ])('reaches the others however long the breaker is open: %s', async (_where, given, status) => {
    const breaker = { enabled: true, failures: 1, resetMs: hour };
    await using a = await openCache(redis.url, { breaker, ...given });
    await using b = await openCache(redis.url);
    await a.text('memory:1', 'old');
    redis.pause();
    await a.text('memory:2', 'two');
    await a.invalidate('memory:1');
    await until(() => a.connection.client.status === status);
    redis.resume();
    await until(async () => (await b.text('memory:1', 'new')) === 'new');
    expect(a.connection.state).toBe('open');
  });

  it('is not waited for while the breaker is open', async () => {
    const breaker = { enabled: true, failures: 1, resetMs: 60_000 };
    await using a = await openCache(redis.url, { breaker, retryMs: hour });
    await allow(redis, 'default', '-mget');
    await a.text('memory:1', 'old');
    expect(a.connection.state).toBe('open');
    for (let turn = 0; turn < 20; turn += 1) await a.invalidate(`memory:${turn}`);
    expect(await ask(redis, (client) => client.info('commandstats'))).not.toContain('cmdstat_unlink');
  });

  it('keeps a load that began before it from being kept', async () => {
    await using a = await openCache(await addUser(redis, 'a'), unguarded);
    await using b = await openCache(redis.url);
    const old = slowly('old');
    const early = a.text('memory:1', old.load);
    await old.begun;
    await allow(redis, 'a', '-unlink');
    await a.invalidate('memory:1');
    old.end();
    await early;
    expect(await b.text('memory:1', 'new')).toBe('new');
  });

  it('becomes one of everything when there are too many', async () => {
    await using a = await openCache(await addUser(redis, 'a'), { ...unguarded, maxOutstanding: 3 });
    await using b = await openCache(redis.url);
    const keys = ['memory:1', 'memory:2', 'memory:3', 'memory:4', 'memory:5'];
    for (const key of keys) await a.text(key, 'old');
    await allow(redis, 'a', '-unlink');
    for (const key of keys.slice(0, 4)) await a.invalidate(key);
    for (const key of keys) expect(await a.text(key, 'new')).toBe('new');
    expect(a.logged.find(({ message }) => /did not take an invalidation/.test(`${message}`))).toBeDefined();
    await allow(redis, 'a', '+unlink');
    await until(async () => (await b.text('memory:5', 'new')) === 'new');
    for (const key of keys) expect(await b.text(key, 'new')).toBe('new');
  });

  it('is made up for by the successor of a process that could not tell', async () => {
    await using crashed = await openCache(await addUser(redis, 'a'), { ...unguarded, instance: 'host:1' });
    await crashed.text('memory:1', 'old');
    await allow(redis, 'a', '-unlink');
    await crashed.invalidate('memory:1');
    await using successor = await openCache(redis.url, { instance: 'host:1' });
    expect(await successor.text('memory:1', 'new')).toBe('new');
    await using third = await openCache(redis.url);
    expect(await third.text('memory:1', never)).toBe('new');
  });

  it('does not cost the successor of a process that ended cleanly', async () => {
    const first = await openCache(redis.url, { instance: 'host:1' });
    await first.text('memory:1', 'one');
    await first.close();
    await using successor = await openCache(redis.url, { instance: 'host:1' });
    expect(await successor.text('memory:1', never)).toBe('one');
  });

  it('is not undone by a Redis that comes back with an older state', async () => {
    await using a = await openCache(redis.url, unguarded);
    await a.text('memory:1', 'old');
    const snapshot = await ask(redis, async (client) => {
      const keys = await client.keys('*');
      return Promise.all(keys.map(async (key) => [key, await client.dumpBuffer(key)] as const));
    });
    await a.invalidate('memory:1');
    await redis.kill();
    await using returned = await startRedis(redis.port);
    await ask(returned, async (client) => {
      for (const [key, value] of snapshot) await client.restore(key, 0, value);
    });
    await until(() => foundIn(a, 'memory:2'));
    expect(await a.text('memory:1', 'new')).toBe('new');
    expect(await a.text('memory:1', never)).toBe('new');
  });
});

describe.runIf(runs)(titled('whoever saw Redis away'), () => {
  const breaker = { enabled: true, failures: 1, resetMs: 100 };
  const ways: [string, Partial<Parameters<typeof openCache>[1]>, (reader: TestCache) => Promise<unknown>][] =
    [
      [
        'by its breaker',
        { breaker },
        async (reader) => {
          await allow(redis, 'reader', '-mget');
          await reader.text('memory:2', 'two');
          await allow(redis, 'reader', '+mget');
        },
      ],
      ['by its connection', unguarded, () => ask(redis, (client) => client.client('KILL', 'USER', 'reader'))],
    ];

  it.each(ways)('does not read what others could not tell yet: %s', async (_, given, takeAway) => {
    await using writer = await openCache(await addUser(redis, 'writer'), unguarded);
    await using reader = await openCache(await addUser(redis, 'reader'), { ...given, retryMs: hour });
    await writer.text('memory:1', 'old');
    expect(await reader.text('memory:1', never)).toBe('old');
    await allow(redis, 'writer', '-unlink');
    await takeAway(reader);
    await writer.invalidate('memory:1');
    expect(await reader.text('memory:1', 'new')).toBe('new');
    await until(() => reader.connection.run((client) => client.ping()));
    expect(await reader.text('memory:1', 'new'), 'Redis is back').toBe('new');
    expect(await reader.text('memory:1', 'newer'), 'and others may not have told it').toBe('newer');
  });

  it.each(ways)('finds again what nobody wrote, once they had time: %s', async (_, given, takeAway) => {
    await using reader = await openCache(await addUser(redis, 'reader'), given);
    await reader.text('memory:1', 'one');
    await takeAway(reader);
    await until(() => foundIn(reader, 'memory:3'));
    expect(await reader.text('memory:1', never)).toBe('one');
  });

  it('is not one at its first connection, nor for a command that failed', async () => {
    await using a = await openCache(redis.url);
    await a.text('memory:1', 'one');
    await using b = await openCache(await addUser(redis, 'b'), { retryMs: hour });
    expect(await b.text('memory:1', never)).toBe('one');
    await allow(redis, 'b', '-mget');
    await b.text('memory:1', 'one');
    await allow(redis, 'b', '+mget');
    expect(await b.text('memory:1', never)).toBe('one');
  });
});

describe.runIf(runs)(titled('with Redis in trouble'), () => {
  it.each<[string, () => Promise<unknown>, () => unknown]>([
    ['gone', () => redis.kill(), () => {}],
    ['silent', async () => redis.pause(), () => redis.resume()],
    ['answering errors', () => allow(redis, 'default', '-mget', '-eval', '-unlink', '-ping'), () => {}],
    ['refusing writes', () => ask(redis, (client) => client.config('SET', 'maxmemory', '1')), () => {}],
    ['holding stamps of the wrong type', () => lists('stamp:memory:2'), () => {}],
    ['holding values of the wrong type', () => lists('memory:2'), () => {}],
  ])('answers rightly and throws nothing: %s', async (_, harm, heal) => {
    await using a = await openCache(redis.url, { commandTimeoutMs: 100 });
    await a.text('memory:1', 'old');
    await harm();
    try {
      for (let turn = 0; turn < 8; turn += 1) {
        expect(await a.text('memory:2', 'two')).toBe('two');
        await a.invalidate('memory:1');
        expect(await a.text('memory:1', `${turn}`)).toBe(`${turn}`);
        expect(await a.change(['memory:1'], async () => turn)).toBe(turn);
      }
    } finally {
      heal();
    }
  });

  it('has a process layer that goes on', async () => {
    const process = { maxEntries: 10, maxBytes: 10_000, ttlMs: 60_000 };
    await using a = await openCache(redis.url, { process });
    await redis.kill();
    await a.text('memory:1', 'one');
    expect(await a.text('memory:1', never)).toBe('one');
    await a.invalidate('memory:1');
    expect(await a.text('memory:1', 'two')).toBe('two');
    expect(await a.text('memory:1', never)).toBe('two');
  });

  async function lists(key: string): Promise<void> {
    await ask(redis, (client) => client.lpush(key, 'not a text'));
  }
});

describe.runIf(runs)(titled('the layer in the process'), () => {
  const process = { maxEntries: 2, maxBytes: 10_000, ttlMs: 60_000 };

  it('is off unless it is asked for', async () => {
    await using a = await openCache(redis.url);
    await a.text('memory:1', 'one');
    await ask(redis, (client) => client.flushall());
    expect(await a.text('memory:1', 'two')).toBe('two');
  });

  it('answers without Redis, and lets go of what was not used for longest', async () => {
    await using a = await openCache(redis.url, { process });
    for (const key of ['memory:1', 'memory:2', 'memory:3']) await a.text(key, 'old');
    await ask(redis, (client) => client.flushall());
    expect(await a.text('memory:3', never)).toBe('old');
    expect(await a.text('memory:2', never)).toBe('old');
    expect(await a.text('memory:1', 'new')).toBe('new');
  });

  it('is bounded in bytes', async () => {
    await using a = await openCache(redis.url, { process: { ...process, maxBytes: 1000 } });
    await a.text('memory:1', 'x'.repeat(600));
    await a.text('memory:2', 'x'.repeat(600));
    await ask(redis, (client) => client.flushall());
    expect(await a.text('memory:1', 'new')).toBe('new');
  });

  it('is filled from Redis and invalidated with it', async () => {
    await using a = await openCache(redis.url);
    await using b = await openCache(redis.url, { process });
    await a.text('memory:1', 'old');
    expect(await b.text('memory:1', never)).toBe('old');
    await b.invalidate('memory:1');
    expect(await b.text('memory:1', 'new')).toBe('new');
  });

  it('does not keep what was invalidated while it was loaded', async () => {
    await using a = await openCache(redis.url, { process });
    const old = slowly('old');
    const early = a.text('memory:1', old.load);
    await old.begun;
    await a.invalidate('memory:1');
    old.end();
    await early;
    expect(await a.text('memory:1', 'new')).toBe('new');
  });

  it('sees the writes of other processes when its own, short TTL is over', async () => {
    await using a = await openCache(redis.url);
    await using b = await openCache(redis.url, { process: { ...process, ttlMs: 100 } });
    await b.text('memory:1', 'old');
    await a.invalidate('memory:1');
    await until(async () => (await b.text('memory:1', 'new')) === 'new');
  });

  it('works where there is no Redis at all', async () => {
    await using a = await openCache(redis.url, { enabled: false, process });
    await a.text('memory:1', 'one');
    expect(await a.text('memory:1', never)).toBe('one');
    expect(await ask(redis, (client) => client.dbsize())).toBe(0);
  });

  it('keeps what depends on several names until one of them is invalidated', async () => {
    await using a = await openCache(redis.url, { process });
    const both = texts('x', 'y');
    await a.get('k', async () => 'old', both);
    await a.invalidate('z');
    expect(await a.get('k', never, both)).toBe('old');
    await a.invalidate('y');
    expect(await a.get('k', async () => 'new', both)).toBe('new');
  });
});
