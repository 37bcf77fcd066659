import { complain } from '../complain.ts';
import type { CounterMetric, MetricDefinition, Metrics } from '../metrics/metric.ts';
import type { MappedMetric } from './mapping.ts';
import { mostSeries } from './series-tree.ts';

/** Counts messages from which a metric could not be made, and tells the first of each metric. */
export class UnusableMessages {
  readonly #metrics: Metrics;
  readonly #told = new Set<string>();
  #counter: CounterMetric | undefined;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** `came`: in place of a number. Only its type is told: the value may be private. */
  tell({ channel, definition, value }: MappedMetric, came: unknown): void {
    this.#count(
      definition,
      () =>
        `expected a number in ${value?.join('.') ?? 'it'} of a message on ${channel}, got ${describe(came)}`,
    );
  }

  tooMany(definition: MetricDefinition): void {
    this.#count(definition, () => `more than ${mostSeries} combinations of attributes`);
  }

  #count(definition: MetricDefinition, what: () => string): void {
    try {
      this.#counter ??= this.#metrics.counter(unusableMessages);
      this.#counter.series({ metric: definition.name }).add(1);
      if (this.#told.has(definition.name)) return;
      this.#told.add(definition.name);
      complain(`the metric ${definition.name} leaves out what it cannot use (told once): ${what()}`);
    } catch {}
  }
}

export const unusableMessages: MetricDefinition = {
  name: 'ordeal.domain.unusable',
  kind: 'counter',
  unit: '{message}',
  description: 'Messages on diagnostics channels that lacked what a domain metric needs',
};

function describe(came: unknown): string {
  if (came === null || came === undefined) return 'nothing';
  if (typeof came === 'number') return came < 0 ? 'a number below 0' : 'a number that is not finite';
  return came instanceof Error ? 'an error while it was read' : `a value of type ${typeof came}`;
}
