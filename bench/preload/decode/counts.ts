import { countSpans } from './msgpack.ts';
import { countAt } from './protobuf.ts';

/** What arrived of one contestant. */
export interface Counts {
  spans: number;
  points: number;
  lines: number;
  /** Requests of any kind, and what their bodies held before they were decompressed. */
  posts: number;
  bytes: number;
}

export function noCounts(): Counts {
  return { spans: 0, points: 0, lines: 0, posts: 0, bytes: 0 };
}

type Arrived = Partial<Pick<Counts, 'spans' | 'points' | 'lines'>>;

/** Field numbers from ExportTraceServiceRequest to Span and so on: https://github.com/open-telemetry/opentelemetry-proto */
const toSpans = [[1], [2], [2]];
const toRecords = [[1], [2], [2]];
/** The data of a metric: gauge 5, sum 7, histogram 9, exponential histogram 10, summary 11. */
const toPoints = [[1], [2], [2], [5, 7, 9, 10, 11], [1]];

const decoders: Record<string, (body: Buffer, json: boolean) => Arrived> = {
  '/v1/traces': (body, json) => ({
    spans: json ? countJson(body, 'resourceSpans', 'scopeSpans', 'spans') : countAt(body, toSpans),
  }),
  '/v1/logs': (body, json) => ({
    lines: json ? countJson(body, 'resourceLogs', 'scopeLogs', 'logRecords') : countAt(body, toRecords),
  }),
  '/v1/metrics': (body, json) => ({ points: json ? countJsonPoints(body) : countAt(body, toPoints) }),
  '/loki/api/v1/push': (body) => ({ lines: countJson(body, 'streams', 'values') }),
  // One line is one point: https://docs.datadoghq.com/extend/dogstatsd/datagram_shell/
  '/dogstatsd/v2/proxy': (body) => ({ points: body.toString('latin1').trimEnd().split('\n').length }),
  '/v0.4/traces': (body) => ({ spans: countSpans(body) }),
};

/** Counts what one request brought; `body` is decompressed. A path that is none of these brings nothing. */
export function countArrived(path: string, json: boolean, body: Buffer): Arrived {
  return decoders[path]?.(body, json) ?? {};
}

function countJson(body: Buffer, ...path: string[]): number {
  return countIn(JSON.parse(body.toString()), path);
}

function countIn(value: unknown, path: readonly string[]): number {
  const [name, ...rest] = path;
  const list = (value as Record<string, unknown>)[name!];
  if (!Array.isArray(list)) return 0;
  return rest.length === 0 ? list.length : list.reduce((sum, it) => sum + countIn(it, rest), 0);
}

function countJsonPoints(body: Buffer): number {
  const kinds = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];
  const lift = (metric: Record<string, unknown>) => kinds.flatMap((kind) => metric[kind] ?? []);
  const { resourceMetrics = [] } = JSON.parse(body.toString());
  return resourceMetrics
    .flatMap((it: { scopeMetrics: { metrics: [] }[] }) => it.scopeMetrics.flatMap(({ metrics }) => metrics))
    .flatMap(lift)
    .reduce((sum: number, data: unknown) => sum + countIn(data, ['dataPoints']), 0);
}
