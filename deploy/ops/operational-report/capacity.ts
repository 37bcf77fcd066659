import { objectives } from './objectives.ts';
import type { Queries } from './queries.ts';
import type { Quantity } from './report.ts';
import type { Sources } from './sources.ts';
import type { Window } from './window.ts';

const weekS = 7 * 86_400;

interface Asked {
  name: string;
  unit: Quantity['unit'];
  metric: string;
  matchers?: string;
  /** What a value has to be multiplied with to be of the unit. */
  scale?: number;
  limit?: number;
  /** Whether a straight line says something of the week to come. */
  grows?: true;
}

const asked: readonly Asked[] = [
  {
    ...{ name: 'memory (RSS)', unit: 'bytes', metric: 'process_memory_usage_bytes' },
    ...{ limit: objectives.memoryBytes, grows: true },
  },
  { name: 'CPU, of one core', unit: 'percent', metric: 'process_cpu_usage_percent', limit: 100 },
  {
    name: 'event loop, P99 of its delay',
    unit: 'ms',
    metric: 'nodejs_eventloop_delay_p99_seconds',
    scale: 1000,
  },
  {
    name: 'connections at work',
    unit: 'count',
    metric: 'database_pool_out',
    // Not the metric of the limit: that of the pool moves, and is at rest by the time that a crowd is looked back on.
    limit: objectives.connections,
  },
  { name: 'requests that wait for one', unit: 'count', metric: 'database_pool_waiting', limit: 0 },
  { name: 'Redis, memory used', unit: 'bytes', metric: 'redis_memory_used_bytes', grows: true },
  { name: 'memories', unit: 'count', metric: 'memories', grows: true },
  { name: 'memories found by meaning', unit: 'count', metric: 'vector_index_size', grows: true },
];

/** A straight line through less says nothing of a week. */
const leastMs = 24 * 3_600_000;

/** What there is room for, and how long. */
export async function capacityOf(sources: Sources, queries: Queries, window: Window): Promise<Quantity[]> {
  const { startMs, endMs: atMs } = window;
  const lengthMs = atMs - startMs;
  // A Prometheus that is new knows only the last of it.
  const known = await sources.value(queries.of('up'), startMs + lengthMs / 4);
  const foreseen = lengthMs >= leastMs && known !== undefined;
  const quantities: Quantity[] = [];
  for (const { name, unit, metric, scale = 1, limit, grows } of asked) {
    const of = queries.of(metric);
    const value = (query: string) => sources.value(`${scale} * ${query}`, atMs);
    const most = metric === 'memories' ? undefined : await value(queries.most(of));
    quantities.push({
      ...{ name, unit, most },
      now: await value(`sum(${of})`),
      limit,
      ...(grows && foreseen && { perWeek: await value(`${weekS} * ${queries.slope(of)}`) }),
    });
  }
  return quantities;
}
