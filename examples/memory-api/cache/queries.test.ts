import { beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { startRedis, type TestRedis } from '../test-servers.ts';
import { memoriesOf, QueryCache } from './queries.ts';
import { ask, openCache } from './test-cache.ts';

const { runs, titled } = await needs('redis');

let redis: TestRedis;

beforeEach(async () => {
  redis = await startRedis();
  return () => redis[Symbol.asyncDispose]();
});

const never = () => Promise.reject(new Error('should not have been asked'));
const parse = (value: unknown) => (Array.isArray(value) ? (value as string[]) : undefined);

describe.runIf(runs)(titled('the cache of queries'), () => {
  it('keeps each query of each user apart, also an empty answer', async () => {
    await using cache = await openCache(redis.url);
    const queries = new QueryCache(cache, 60);
    await queries.get('ada', ['list', 1, 20], async () => ['a'], parse);
    expect(await queries.get('ada', ['list', 1, 20], never, parse)).toEqual(['a']);
    expect(await queries.get('ada', ['list', 2, 20], async () => [], parse)).toEqual([]);
    expect(await queries.get('ada', ['list', 2, 20], never, parse)).toEqual([]);
    expect(await queries.get('bob', ['list', 1, 20], async () => ['b'], parse)).toEqual(['b']);
    expect(await queries.get('ada,list', [1, 20], async () => ['c'], parse)).toEqual(['c']);
    const ttls = await ask(redis, async (client) => {
      const keys = await client.keys('query:*');
      return Promise.all(keys.map((key) => client.ttl(key)));
    });
    expect(ttls).toHaveLength(4);
    expect(Math.max(...ttls)).toBeLessThanOrEqual(60);
  });

  it('forgets all queries of a user who writes, in every process, and no others', async () => {
    await using a = await openCache(redis.url);
    await using b = await openCache(redis.url);
    const [here, there] = [new QueryCache(a), new QueryCache(b)];
    for (const user of ['ada', 'bob']) {
      await here.get(user, ['list'], async () => ['old'], parse);
      await here.get(user, ['search', 'tea'], async () => ['old'], parse);
    }
    await b.change([memoriesOf('ada')], async () => {});
    for (const queries of [here, there]) {
      expect(await queries.get('bob', ['list'], never, parse)).toEqual(['old']);
      expect(await queries.get('bob', ['search', 'tea'], never, parse)).toEqual(['old']);
    }
    expect(await here.get('ada', ['list'], async () => ['new'], parse)).toEqual(['new']);
    expect(await there.get('ada', ['search', 'tea'], async () => ['new'], parse)).toEqual(['new']);
  });

  it('does not keep what was found before a write that came while it was looked for', async () => {
    await using a = await openCache(redis.url);
    await using b = await openCache(redis.url);
    const queries = new QueryCache(a);
    const found = await queries.get(
      'ada',
      ['list'],
      async () => {
        await b.invalidate(memoriesOf('ada'));
        return ['old'];
      },
      parse,
    );
    expect(found).toEqual(['old']);
    expect(await queries.get('ada', ['list'], async () => ['new'], parse)).toEqual(['new']);
  });
});
