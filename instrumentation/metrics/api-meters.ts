import type {
  Attributes,
  BatchObservableCallback,
  Context,
  Counter,
  Gauge,
  Histogram,
  Meter,
  MeterProvider,
  MetricOptions,
  Observable,
} from '@opentelemetry/api';
import { harmless } from '../harmless.ts';
import { api } from '../trace/api.ts';
import { Callbacks, ObservedInstrument } from './api-observed.ts';
import type { MetricDefinition, MetricKind, Origin } from './metric.ts';
import type { Registry } from './registry.ts';
import type { MetricsOfScope } from './scope.ts';

/** OpenTelemetry's meters, whose metrics are ours: what a service or a library counts with the API is sent as well. */
export class ApiMeters implements MeterProvider {
  readonly #registry: Registry;
  readonly #callbacks: Callbacks;
  readonly #meters = new WeakMap<MetricsOfScope, Meter>();

  constructor(registry: Registry, tell: (text: string) => void) {
    this.#registry = registry;
    this.#callbacks = new Callbacks(tell);
    registry.beforeRead(() => this.#callbacks.run());
  }

  getMeter(name: string, version?: string): Meter {
    const scope = this.#registry.scope(text(name), text(version));
    let meter = this.#meters.get(scope);
    if (meter === undefined) {
      meter = new ApiMeter(scope, this.#callbacks);
      this.#meters.set(scope, meter);
    }
    return meter;
  }
}

class ApiMeter implements Meter {
  readonly #scope: MetricsOfScope;
  readonly #callbacks: Callbacks;
  readonly #observed = new Map<string, ObservedInstrument>();

  constructor(scope: MetricsOfScope, callbacks: Callbacks) {
    this.#scope = scope;
    this.#callbacks = callbacks;
  }

  createCounter(name: string, options?: MetricOptions): Counter {
    return this.#adding(define(name, 'counter', options));
  }

  createUpDownCounter(name: string, options?: MetricOptions): Counter {
    return this.#adding(define(name, 'up-down-counter', options));
  }

  createGauge(name: string, options?: MetricOptions): Gauge {
    const definition = define(name, 'gauge', options);
    const metric = this.#scope.gauge(definition);
    const record = (value: number, attributes?: Attributes) =>
      metric.series(given(attributes)).set(whole(definition, value));
    return { record: harmless(`recording ${definition.name}`, record) };
  }

  createHistogram(name: string, options?: MetricOptions): Histogram {
    const definition = define(name, 'histogram', options);
    const metric = this.#scope.histogram(definition);
    const record = (value: number, attributes?: Attributes, context?: Context) =>
      metric.series(given(attributes)).record(whole(definition, value), originIn(context));
    return { record: harmless(`recording ${definition.name}`, record) };
  }

  createObservableGauge(name: string, options?: MetricOptions): Observable {
    return this.#observing(define(name, 'gauge', options));
  }

  createObservableCounter(name: string, options?: MetricOptions): Observable {
    return this.#observing(define(name, 'counter', options));
  }

  createObservableUpDownCounter(name: string, options?: MetricOptions): Observable {
    return this.#observing(define(name, 'up-down-counter', options));
  }

  addBatchObservableCallback(callback: BatchObservableCallback, instruments: Observable[]): void {
    this.#callbacks.addBatch(callback, ours(instruments));
  }

  removeBatchObservableCallback(callback: BatchObservableCallback, instruments: Observable[]): void {
    this.#callbacks.remove(callback, ours(instruments));
  }

  #adding(definition: MetricDefinition): Counter {
    const metric = this.#scope.counter(definition);
    const add = (value: number, attributes?: Attributes) =>
      metric.series(given(attributes)).add(whole(definition, value));
    return { add: harmless(`counting ${definition.name}`, add) };
  }

  /** The same instrument each time. One that cannot be has callbacks that are never called. */
  #observing(definition: MetricDefinition): Observable {
    const key = `${definition.kind} ${definition.unit} ${definition.name.toLowerCase()}`;
    const known = this.#observed.get(key);
    if (known !== undefined) return known;
    const instrument = new ObservedInstrument(this.#callbacks);
    if (!this.#scope.observe(definition, instrument.observe))
      return api.createNoopMeter().createObservableGauge('');
    this.#observed.set(key, instrument);
    return instrument;
  }
}

/** Those of another provider, or of none, are nobody's business here. */
function ours(instruments: readonly Observable[]): Observable[] {
  if (!Array.isArray(instruments)) return [];
  return instruments.filter((instrument) => instrument instanceof ObservedInstrument);
}

const longestText = 1024;

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, longestText) : '';
}

function given(attributes: Attributes | undefined): Attributes {
  return typeof attributes === 'object' && attributes !== null ? attributes : {};
}

/** What comes from JavaScript can be anything. */
function define(name: string, kind: MetricKind, options: MetricOptions | undefined): MetricDefinition {
  const { unit, description, valueType, advice } = Object(options) as MetricOptions;
  const buckets = advice?.explicitBucketBoundaries;
  return {
    name: text(name),
    kind,
    unit: /^[ -~]{0,63}$/.test(text(unit)) ? text(unit) : '',
    description: text(description),
    integer: valueType === api.ValueType.INT,
    ...(Array.isArray(buckets) && { buckets }),
  };
}

function whole({ integer }: MetricDefinition, value: number): number {
  return integer ? Math.trunc(value) : value;
}

/** The span that a value is recorded in, when it is sampled. */
function originIn(context: Context | undefined): Origin | undefined {
  const span = context === undefined ? api.trace.getActiveSpan() : api.trace.getSpan(context);
  const origin = span?.spanContext();
  return origin !== undefined && (origin.traceFlags & api.TraceFlags.SAMPLED) !== 0 ? origin : undefined;
}
