import type { Entry } from '../../harness/journal/entry.ts';
export interface Bucket {
  requestsPerSecond: number | undefined;
  errorRate: number | undefined;
  p50Ms: number | undefined;
  p95Ms: number | undefined;
  p99Ms: number | undefined;
  hitRate: number | undefined;
}
export function interim(entries: Entry[], fromMs: number, toMs: number, bucketMs: number): Bucket[] {
  const n = Math.max(1, Math.ceil((toMs - fromMs) / bucketMs));
  const b = Array.from({ length: n }, () => ({ d: [] as number[], e: 0, h: 0, r: 0 }));
  for (const e of entries) {
    const i = Math.floor((e.atMs - fromMs) / bucketMs);
    const x = b[i];
    if (!x) continue;
    if (e.kind === 'request') {
      x.d.push(e.durationMs);
      if (e.status === 0 || e.status >= 400) x.e++;
      if (e.name === 'read') x.r++;
    }
    if (e.kind === 'link') x.h += e.hits;
  }
  return b.map((x) => {
    x.d.sort((a, c) => a - c);
    const q = (p: number) =>
      x.d.length ? x.d[Math.min(x.d.length - 1, Math.ceil(p * x.d.length) - 1)] : undefined;
    return {
      requestsPerSecond: (x.d.length * 1000) / bucketMs,
      errorRate: x.d.length ? x.e / x.d.length : undefined,
      p50Ms: q(0.5),
      p95Ms: q(0.95),
      p99Ms: q(0.99),
      hitRate: x.r ? x.h / x.r : undefined,
    };
  });
}
