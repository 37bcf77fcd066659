import { complain } from '../complain.ts';
import { catalogue } from '../metrics/catalogue.ts';
import type { CounterMetric, Metrics } from '../metrics/metric.ts';
import type { MappedMetric } from './mapping.ts';

/** Counts messages from which a metric could not be made, and tells the first of each metric. */
export class UnusableMessages {
  readonly #metrics: Metrics;
  readonly #told = new Set<string>();
  #counter: CounterMetric | undefined;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** `came`: in place of a number. Only its type is told: the value may be private. */
  add(entry: MappedMetric, came: unknown): void {
    this.#count(entry, describe(came));
  }

  /** It threw while it was read. */
  addUnreadable(entry: MappedMetric): void {
    this.#count(entry, 'an error');
  }

  #count({ channel, definition: { name }, value }: MappedMetric, got: string): void {
    this.#counter ??= this.#metrics.counter(catalogue.domainUnusable);
    this.#counter.series({ metric: name }).add(1);
    if (this.#told.has(name)) return;
    this.#told.add(name);
    const expected = `expected a number in ${value?.join('.') ?? 'it'}`;
    complain(`a message on ${channel} is left out of ${name} (told once): ${expected}, got ${got}`);
  }
}

function describe(came: unknown): string {
  if (came === null || came === undefined) return 'nothing';
  if (typeof came === 'number') return came < 0 ? 'a number below 0' : 'a number that is not finite';
  return `a value of type ${typeof came}`;
}
