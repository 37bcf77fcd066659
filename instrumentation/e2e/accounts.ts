import type { Sink } from '../testing/sink.ts';

export interface Account {
  readonly produced: number;
  readonly delivered: number;
  readonly dropped: number;
}

const items = 'ordeal.telemetry.items';

/** What the preload last said of a signal: `produced = delivered + dropped` once nothing waits. */
export function accountOf(sink: Sink, signal: 'traces' | 'metrics' | 'logs'): Account {
  const last = { produced: 0, delivered: 0, dropped: 0 };
  for (const { metric, attributes, value } of sink.points)
    if (metric === items && attributes.signal === signal)
      last[attributes.outcome as keyof typeof last] = value ?? 0;
  return last;
}
