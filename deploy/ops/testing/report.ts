import type { OperationalReport } from '../operational-report/report.ts';
import { windowOf } from '../operational-report/window.ts';

const endMs = Date.parse('2026-11-21T06:00:00Z');
const dayMs = 86_400_000;

/** A day with an outage in the middle, of a service whose names are not to be trusted. */
export function report(changes: Partial<OperationalReport> = {}): OperationalReport {
  const window = windowOf(endMs, dayMs);
  const atMs = Array.from({ length: 96 }, (_, at) => window.startMs + (at + 1) * window.stepMs);
  const isOut = (at: number) => at >= 40 && at < 48;
  const over = (usual: number, out: number | undefined) =>
    atMs.map((_, at) => (isOut(at) ? out : usual + at / 50));
  const sliceStartsMs = atMs.slice(40, 48).map((at) => at - window.stepMs);
  const headline = {
    ...{ requests: 1_234_567, failedShare: 0.0712, p95S: 0.184, hitShare: 0.83, recoveredShare: undefined },
    ...{ upShare: 0.9994, users: 412 },
  };
  return {
    ...{ job: 'memory-api', window, madeAtMs: endMs, missing: [], headline },
    before: { ...headline, requests: 1_100_000, failedShare: 0.0001 },
    routes: [
      { route: 'GET /api/v1/memories/:id', requests: 900_000, failedShare: 0, p50S: 0.004, p95S: 0.02 },
      {
        route: 'GET /<script>alert(1)</script>|`x`',
        requests: 3,
        failedShare: 1,
        p50S: undefined,
        p95S: undefined,
      },
    ],
    overTime: {
      atMs,
      perSecond: over(14, 9),
      failedShare: over(0, 0.6).map((it) => it && Math.min(1, it / 10)),
      p50Ms: over(4, 1200),
      p95Ms: over(40, undefined),
      hitShare: over(0, 0.3).map((it) => (it === undefined ? it : Math.max(0, 0.9 - it / 10))),
      memoryBytes: over(3e8, 3.4e8),
    },
    alerts: [{ name: 'DatabaseConnectionFailure', severity: 'critical', sliceStartsMs }],
    breakers: [{ name: 'postgres', sliceStartsMs }],
    errors: {
      byStatus: [{ status: '503', count: 87_000 }],
      byClass: [{ category: 'database', severity: 'high', code: 'DATABASE_UNAVAILABLE', count: 87_000 }],
      byDependency: [{ dependency: 'postgres', errorType: 'ECONNREFUSED', count: 61 }],
    },
    slow: [{ operation: 'POST /api/v1/memories/search', kind: 'operation', count: 12, longestMs: 4_321 }],
    caches: [{ layer: 'redis', hits: 830_000, misses: 170_000 }],
    capacity: [
      { name: 'memory (RSS)', unit: 'bytes', now: 3.1e8, most: 2.4e9, limit: 2e9, perWeek: -2e7 },
      { name: 'memories', unit: 'count', now: 120_000, most: undefined, perWeek: 8_000 },
    ],
    ...changes,
  };
}
