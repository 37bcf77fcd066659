import { type Counts, type Signal, signals } from '../wire/shelf.ts';
import { catalogue } from './catalogue.ts';
import type { Metrics } from './metric.ts';

/** What became of what was recorded, as a metric: `produced = delivered + dropped` once nothing waits. */
export function reportAccount(metrics: Metrics, counts: (signal: Signal) => Counts): void {
  metrics.observe(catalogue.telemetryItems, (tell) => {
    for (const signal of signals)
      for (const [outcome, items] of Object.entries(counts(signal))) tell(items, { signal, outcome });
  });
}
