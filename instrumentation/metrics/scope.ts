import { harmless } from '../harmless.ts';
import type {
  CounterMetric,
  GaugeMetric,
  HistogramMetric,
  MetricDefinition,
  Metrics,
  Observe,
} from './metric.ts';
import { CounterStore, GaugeStore, HistogramStore, ObservedStore, type StoredMetric } from './stored.ts';

export interface ScopeOptions {
  readonly name: string;
  readonly version: string;
  readonly exemplars: boolean;
  /** Since when totals are counted that somebody else keeps, in epoch milliseconds. */
  readonly sinceMs: number;
  /** Whether there is room for one metric more. */
  mayAdd(): boolean;
  /** Says something to the owner of the service, once for each `matter`. */
  tell(matter: string, text: string): void;
}

/** The metrics of one instrumentation scope: ours, or a library's that uses the OpenTelemetry API. */
export class MetricsOfScope implements Metrics {
  readonly name: string;
  readonly version: string;
  readonly #options: ScopeOptions;
  readonly #metrics = new Map<string, StoredMetric>();

  constructor(options: ScopeOptions) {
    this.name = options.name;
    this.version = options.version;
    this.#options = options;
  }

  all(): Iterable<StoredMetric> {
    return this.#metrics.values();
  }

  counter(definition: MetricDefinition): CounterMetric {
    return this.#get(definition, CounterStore, () => new CounterStore(definition)) ?? noMetric;
  }

  histogram(definition: MetricDefinition): HistogramMetric {
    const create = () => new HistogramStore(definition, this.#options.exemplars);
    return this.#get(definition, HistogramStore, create) ?? noMetric;
  }

  gauge(definition: MetricDefinition): GaugeMetric {
    return this.#get(definition, GaugeStore, () => new GaugeStore(definition)) ?? noMetric;
  }

  /** Returns whether it is read: not when the metric cannot be. */
  observe(definition: MetricDefinition, observe: Observe): boolean {
    const create = () => new ObservedStore(definition, this.#options.sinceMs);
    const store = this.#get(definition, ObservedStore, create);
    store?.add(harmless(`observing ${definition.name}`, observe));
    return store !== undefined;
  }

  /** Names are the same whatever their case: https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument-name-syntax */
  #get<S extends StoredMetric>(
    definition: MetricDefinition,
    Store: abstract new (...args: never[]) => S,
    create: () => S,
  ): S | undefined {
    const { name } = definition;
    if (!validName.test(name)) return this.#refuse(name, 'has a name that OpenTelemetry does not allow');
    const key = name.toLowerCase();
    const known = this.#metrics.get(key);
    if (known === undefined) return this.#add(name, create);
    if (!(known instanceof Store) || known.definition.kind !== definition.kind)
      return this.#refuse(
        name,
        `is another ${known.definition.kind} already: its kind, and whether it is observed, cannot change`,
      );
    if (known.definition.unit !== definition.unit)
      return this.#refuse(name, `is in '${known.definition.unit}' already, not in '${definition.unit}'`);
    return known;
  }

  #add<S extends StoredMetric>(name: string, create: () => S): S | undefined {
    if (!this.#options.mayAdd()) return this.#refuse(name, 'is one too many: no more metrics are taken');
    const store = create();
    this.#metrics.set(name.toLowerCase(), store);
    return store;
  }

  #refuse(name: string, why: string): undefined {
    const shown = JSON.stringify(name.slice(0, 80));
    this.#options.tell(
      `${name} ${why}`,
      `metric ${shown} of ${JSON.stringify(this.name)} ${why}; it counts nothing`,
    );
    return undefined;
  }
}

const validName = /^[a-z][a-z0-9_.\-/]{0,254}$/i;
const noSeries = { add() {}, record() {}, set() {} };
const noMetric = { series: () => noSeries };
