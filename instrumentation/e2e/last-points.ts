import type { Point } from '../testing/sink.ts';

/** The last point of each combination of attributes. */
export function lastPoints(all: readonly Point[], metric: string): Point[] {
  const last = new Map<string, Point>();
  for (const point of all) if (point.metric === metric) last.set(JSON.stringify(point.attributes), point);
  return [...last.values()];
}
