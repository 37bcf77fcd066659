import type { Headline } from './report.ts';

/** What is promised: P95 and failures as deploy/prometheus/rules/slo.yml has them, the others as the scenarios. */
export const objectives = {
  p95S: 0.2,
  failedShare: 0.05,
  hitShare: 0.8,
  recoveredShare: 0.8,
  upShare: 0.999,
  /** HighMemoryUsage tells of more. */
  memoryBytes: 2e9,
  /** What the pool of one memory API opens at most, unless its settings say otherwise. */
  connections: 30,
} as const;

export interface Judged {
  name: string;
  outcome: 'met' | 'violated' | 'no data';
  unit: 'ms' | 'ratio';
  observed: number | undefined;
  before: number | undefined;
  bound: 'at most' | 'at least' | 'below';
  limit: number;
}

/** Each promise against what was. No data is never a promise kept. */
export function judge(now: Headline, before: Headline): Judged[] {
  const ms = (seconds: number | undefined) => (seconds === undefined ? undefined : 1000 * seconds);
  return [
    judged('P95 of all requests', 'ms', 'below', 1000 * objectives.p95S, ms(now.p95S), ms(before.p95S)),
    judged(
      'requests that failed',
      'ratio',
      'at most',
      objectives.failedShare,
      now.failedShare,
      before.failedShare,
    ),
    judged('time that it was up', 'ratio', 'at least', objectives.upShare, now.upShare, before.upShare),
    judged('reads from the cache', 'ratio', 'at least', objectives.hitShare, now.hitShare, before.hitShare),
    judged(
      'failed calls that trying again mended',
      ...([
        'ratio',
        'at least',
        objectives.recoveredShare,
        now.recoveredShare,
        before.recoveredShare,
      ] as const),
    ),
  ];
}

function judged(
  name: string,
  unit: Judged['unit'],
  bound: Judged['bound'],
  limit: number,
  observed: number | undefined,
  before: number | undefined,
): Judged {
  const outcome = observed === undefined ? 'no data' : holds(observed, bound, limit) ? 'met' : 'violated';
  return { name, outcome, unit, observed, before, bound, limit };
}

function holds(value: number, bound: Judged['bound'], limit: number): boolean {
  if (bound === 'below') return value < limit;
  return bound === 'at most' ? value <= limit : value >= limit;
}
