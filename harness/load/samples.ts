import type { CheckEntry, RequestEntry, WriteEntry } from '../journal/entry.ts';

/** What one line of `k6 run --out json` means to a run; everything else k6 writes is passed over. */
export type Sample =
  | RequestEntry
  | CheckEntry
  | WriteEntry
  | { kind: 'iteration' }
  | { kind: 'dropped'; count: number };

interface Point {
  metric: string;
  data: { time: string; value: number; tags?: Record<string, string>; metadata?: Record<string, string> };
}

/** Lines are told apart by how they begin, so that the nine metrics per request that are not needed cost nothing. */
const prefix = '{"metric":"';

/**
 * Format: https://grafana.com/docs/k6/latest/results-output/real-time/json/. The time of a point is when the
 * request ended, so its start is that less its duration.
 */
export function sampleOf(line: string): Sample | undefined {
  if (!line.startsWith(prefix)) return undefined;
  const metric = line.slice(prefix.length, line.indexOf('"', prefix.length));
  if (metric === 'iterations') return { kind: 'iteration' };
  const read = readers[metric];
  return read?.((JSON.parse(line) as Point).data);
}

const readers: Record<string, (data: Point['data']) => Sample> = {
  http_req_duration: ({ time, value, tags = {} }) => ({
    kind: 'request',
    atMs: unixMs(time) - value,
    name: tags.name ?? '',
    durationMs: value,
    status: Number(tags.status ?? 0),
    ...(tags.error_code === undefined ? {} : { errorCode: tags.error_code }),
  }),
  checks: ({ time, value, tags = {} }) => ({
    kind: 'check',
    atMs: unixMs(time),
    name: tags.check ?? '',
    ok: value === 1,
  }),
  ordeal_writes: ({ time, tags = {}, metadata = {} }) => ({
    kind: 'write',
    atMs: unixMs(time),
    outcome: (tags.outcome ?? 'unknown') as WriteEntry['outcome'],
    value: metadata.value ?? '',
    ...(metadata.key === undefined ? {} : { key: metadata.key }),
  }),
  dropped_iterations: ({ value }) => ({ kind: 'dropped', count: value }),
};

/** RFC 3339 with up to nine digits of a second, in Unix ms with the fraction kept (`Date` cuts it off). */
function unixMs(time: string): number {
  const fraction = /\.(\d{3})(\d*)/.exec(time);
  return Date.parse(time) + (fraction?.[2] ? Number(`0.${fraction[2]}`) : 0);
}
