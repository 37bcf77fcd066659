import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { builtPreload } from '../testing/built-preload.ts';
import { startDependencies } from '../testing/dependencies.ts';
import { FixtureService } from '../testing/service.ts';
import { type Point, Sink } from '../testing/sink.ts';
import { poolMetrics } from './expected.ts';
import { lastPoints } from './last-points.ts';

const parts = await needs('postgres', 'redis');
const patience = { timeout: 15_000 };
let dependencies: Awaited<ReturnType<typeof startDependencies>>;

beforeAll(async () => {
  dependencies = await startDependencies();
});
afterAll(() => dependencies?.[Symbol.asyncDispose]());

describe.runIf(parts.runs)(parts.titled('two pools of one database'), () => {
  it('each tell what is idle, in use and waited for, while clients are held and after', async () => {
    await using sink = await Sink.start({ keepsBodies: false });
    const env = { ...dependencies.env, ...sink.environment };
    const preload = await builtPreload();
    await using service = await new FixtureService('pools.cjs', { preload, env }).listening();
    const { host } = new URL(dependencies.env.DATABASE_URL!);
    const [first, second] = [`${host}/postgres`, `${host}/postgres#2`];
    const ask = async (path: string) => expect((await fetch(service.url + path)).status).toBe(200);

    await ask('/hold');
    await expect
      .poll(() => toldOfPools(sink), patience)
      .toEqual({
        [first]: { limit: 1, used: 1, idle: 0, pending: 2, waits: 1 },
        [second]: { limit: 2, used: 1, idle: 1, pending: 0, waits: 2 },
        active: 2,
      });

    await ask('/release');
    await expect
      .poll(() => toldOfPools(sink), patience)
      .toEqual({
        [first]: { limit: 1, used: 0, idle: 1, pending: 0, waits: 3 },
        [second]: { limit: 2, used: 0, idle: 2, pending: 0, waits: 2 },
        active: 0,
      });

    // How long it took to open them; the waits above are how long they were waited for.
    expect(numberOf(sink.points, 'db.client.connection.create_time')).toBe(3);
    expect(numberOf(sink.points, 'redis.connect.duration')).toBe(1);
  });
});

/** What was told last of each pool, and of both; `waits` is how often a connection was waited for, be it for no time. */
function toldOfPools({ points }: Sink): Record<string, unknown> {
  const { connections, state, name, limit, pending, wait, active } = poolMetrics;
  const pools: Record<string, Record<string, number>> = {};
  const figures = { [limit]: 'limit', [pending]: 'pending', [wait]: 'waits', [connections]: state };
  for (const [metric, figure] of Object.entries(figures))
    for (const { attributes, value, count } of lastPoints(points, metric)) {
      const pool = String(attributes[name]);
      const title = figure === state ? String(attributes[state]) : figure;
      pools[pool] = { ...pools[pool], [title]: value ?? count };
    }
  return { ...pools, active: numberOf(points, active) };
}

/** Of a metric that has one series: its value, or how often it was measured. */
function numberOf(points: readonly Point[], metric: string): number | undefined {
  const [point, ...others] = lastPoints(points, metric);
  expect(others, metric).toEqual([]);
  return point && (point.value ?? point.count);
}
