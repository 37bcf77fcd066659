import { expect, it } from 'vitest';
import { Registry } from '../metrics/registry.ts';
import { type FinishedOperation, warnOfSlow } from './slow.ts';

const operation: FinishedOperation = {
  kind: 'operation',
  name: 'GET /memories/:id',
  durationMs: 1500,
  status: 'error',
  errorType: '503',
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
};
const query: FinishedOperation = {
  ...operation,
  kind: 'query',
  name: 'SELECT memories',
  status: 'ok',
  errorType: undefined,
};

function start() {
  const lines: Record<string, unknown>[] = [];
  const metrics = new Registry({ exemplars: false, tell: () => {} }).scope('test');
  const at = { ms: Date.parse('2026-11-21T08:00:00.000Z') };
  const settings = { service: 'api', version: '1', slowMs: 1000, slowQueryMs: 200 };
  const slow = warnOfSlow(
    {
      settings: settings as never,
      metrics,
      lines: { add: (json, atMs) => lines.push({ ...JSON.parse(json), atMs }) },
      current: () => ({ requestId: 'r1', userId: 'ada' }) as never,
    },
    () => at.ms,
  );
  return {
    slow,
    lines,
    at,
    counted: () => [...metrics.all()].flatMap((metric): object[] => [...metric.read()]),
  };
}

it('tells what was slow, of whom, and how it ended', () => {
  const { slow, lines, at } = start();
  slow.finished(operation);
  expect(lines).toEqual([
    {
      timestamp: '2026-11-21T08:00:00.000Z',
      level: 'warn',
      message: 'slow operation: GET /memories/:id',
      service: 'api',
      version: '1',
      event: 'slow_operation',
      operation: 'GET /memories/:id',
      duration_ms: 1500,
      status: 'error',
      error_type: '503',
      request_id: 'r1',
      user_id: 'ada',
      trace_id: operation.traceId,
      span_id: operation.spanId,
      atMs: at.ms,
    },
  ]);
});

it('shows the first 500 characters of a statement', () => {
  const { slow, lines } = start();
  slow.finished({ ...query, statement: 'x'.repeat(600) });
  expect(lines).toMatchObject([
    { message: 'slow query: SELECT memories', event: 'slow_query', statement: 'x'.repeat(500) },
  ]);
});

it.each([
  [operation, 1000, false],
  [operation, 1000.001, true],
  [query, 200, false],
  [query, 201, true],
  [query, Number.NaN, false],
])('%o of %d ms: %o', (given, durationMs, told) => {
  const { slow, lines } = start();
  slow.finished({ ...given, durationMs });
  expect(lines).toHaveLength(told ? 1 : 0);
});

it('tells at most ten a second, counts all, and says how many it held back', () => {
  const { slow, lines, at, counted } = start();
  for (let count = 0; count < 1000; count += 1) slow.finished(count % 2 ? operation : query);
  expect(lines).toHaveLength(10);
  at.ms += 1000;
  slow.finished(operation);
  slow.finished(operation);
  expect(lines.map(({ held_back }) => held_back)).toEqual([...new Array(10), 990, undefined]);
  expect(counted()).toMatchObject([
    { attributes: { 'operation.type': 'query' }, value: 500 },
    { attributes: { 'operation.type': 'operation' }, value: 502 },
  ]);
});

it('goes on when the clock is put back', () => {
  const { slow, lines, at } = start();
  for (let count = 0; count < 20; count += 1) slow.finished(operation);
  at.ms -= 3_600_000;
  slow.finished(operation);
  expect(lines.at(-1)).toMatchObject({ held_back: 10 });
});
