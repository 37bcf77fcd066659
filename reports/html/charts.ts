import { scaleLinear, scaleLog } from 'd3-scale';
import type { Point } from '../../harness/observe/series.ts';
import type { Scenario, Slo } from '../../harness/scenario/scenario.ts';
import { count, quantity } from '../numbers.ts';
import type { Chart, Line } from './chart.ts';

/** What the four charts are drawn from. */
export interface ChartData {
  points: readonly Point[];
  at: readonly number[];
  scenario: Scenario;
  /** In the whole run. */
  requests: number;
}

export function charts(data: ChartData): readonly Chart[] {
  return [latency(data), rate(data), errors(data), hitRate(data)];
}

function latency({ points, at, scenario }: ChartData): Chart {
  const lines: Line[] = [
    { id: 'p50', name: 'P50', values: points.map((it) => it.p50Ms) },
    { id: 'p95', name: 'P95', values: points.map((it) => it.p95Ms) },
    { id: 'p99', name: 'P99', values: points.map((it) => it.p99Ms) },
  ];
  const slo = slos(scenario, 'latency').find((it) => it.request === undefined);
  const most = highest(lines[2]!.values, slo?.maxMs);
  const least = Math.max(0.05, Math.min(...lines[0]!.values.filter((it) => it !== undefined), most));
  const { scale, ticks } = most / least > 20 ? logarithmic(least, most) : linear(most * 1.2);
  return {
    id: 'latency',
    title: 'Latency',
    summary: peak(lines[2]!, 'ms'),
    description: `Latency percentiles over time. ${lines.map((it) => `${it.name}: ${peak(it, 'ms')}`).join(', ')}.`,
    lines,
    scale,
    ticks,
    label: shortMs,
    at,
    ...(slo && {
      limit: { value: slo.maxMs, text: `limit P${+(slo.percentile * 100).toFixed(2)} ${shortMs(slo.maxMs)}` },
    }),
  };
}

function rate({ points, at, scenario, requests }: ChartData): Chart {
  const values = points.map((it) => it.perSecond);
  const planned = scenario.load.ratePerSecond;
  return {
    id: 'rate',
    title: 'Requests',
    summary: `${count(requests)} in all`,
    description: `Requests per second over time; ${count(requests)} in all, ${planned} per second planned.`,
    lines: [{ id: 'rate', name: 'per second', values, filled: true }],
    ...linear(highest(values, planned * 1.2)),
    label: compact,
    at,
    limit: { value: planned, text: `planned ${compact(planned)}/s` },
  };
}

function errors({ points, at, scenario }: ChartData): Chart {
  const values = points.map((it) => it.errorRatio);
  const slo = slos(scenario, 'error-rate').find((it) => it.request === undefined);
  const summary = peak({ values }, 'ratio');
  return {
    id: 'errors',
    title: 'Errors',
    summary,
    description: `Share of requests that failed, over time; ${summary}.`,
    lines: [{ id: 'errors', name: 'of requests', values, filled: true }],
    ...linear(Math.min(1, 1.2 * highest(values, (slo?.max ?? 0.01) * 1.5))),
    label: percents,
    at,
    ...(slo && { limit: { value: slo.max, text: `limit ${percents(slo.max)}` } }),
  };
}

function hitRate({ points, at, scenario }: ChartData): Chart {
  const values = points.map((it) => it.hitRatio);
  const slo = slos(scenario, 'cache-hit-rate')[0];
  const summary = lowest(values);
  return {
    id: 'hit-rate',
    title: 'Cache hit rate',
    summary,
    description: `Share of cacheable reads answered from the cache, over time; ${summary}.`,
    lines: [{ id: 'hits', name: 'of cacheable reads', values, filled: true }],
    ...linear(1, [0, 0.5, 1]),
    label: percents,
    at,
    ...(slo && { limit: { value: slo.min, text: `limit ${percents(slo.min)}`, below: true } }),
  };
}

function slos<K extends Slo['kind']>(scenario: Scenario, kind: K): Extract<Slo, { kind: K }>[] {
  return scenario.hypothesis.filter((it): it is Extract<Slo, { kind: K }> => it.kind === kind);
}

function linear(most: number, ticks?: readonly number[]) {
  const scale = scaleLinear([0, most === 0 ? 1 : most], [1000, 0]);
  return ticks === undefined ? { scale: scale.nice(3), ticks: scale.ticks(3) } : { scale, ticks };
}

/** For values that lie more than a factor of 20 apart: from the power of ten below the least. */
function logarithmic(least: number, most: number) {
  const bottom = 10 ** Math.floor(Math.log10(least));
  const scale = scaleLog([bottom, most * 1.6], [1000, 0]);
  const ticks: number[] = [];
  for (let tick = bottom; tick <= most * 1.6; tick *= 10) ticks.push(tick);
  return { scale, ticks };
}

function highest(values: readonly (number | undefined)[], floor = 0): number {
  return values.reduce<number>(
    (most, it) => (it !== undefined && Number.isFinite(it) ? Math.max(most, it) : most),
    floor,
  );
}

function peak({ values }: Pick<Line, 'values'>, unit: 'ms' | 'ratio'): string {
  if (values.every((it) => it === undefined)) return 'no data';
  return values.includes(Number.POSITIVE_INFINITY)
    ? 'at times no answer'
    : `peak ${quantity(highest(values), unit)}`;
}

function lowest(values: readonly (number | undefined)[]): string {
  const seen = values.filter((it) => it !== undefined);
  return seen.length === 0 ? 'no data' : `lowest ${percents(Math.min(...seen))}`;
}

function shortMs(ms: number): string {
  return ms >= 1000 ? `${+(ms / 1000).toPrecision(3)} s` : `${+ms.toPrecision(3)} ms`;
}

function compact(value: number): string {
  return value >= 10_000 ? `${+(value / 1000).toPrecision(3)}k` : `${+value.toPrecision(4)}`;
}

function percents(ratio: number): string {
  return `${+(ratio * 100).toPrecision(3)} %`;
}
