import type { Attributes } from '@opentelemetry/api';
import { wallClockMs } from '../trace/clock.ts';
import { keep, keyOf } from './attributes-key.ts';
import { HistogramPoint } from './histogram-point.ts';
import type { MetricDefinition, Observe } from './metric.ts';
import { GaugePoint, GrowingPoint, NumberPoint, UpDownPoint } from './number-point.ts';
import { mostSeries, overflowing, SeriesTable } from './series.ts';

/** A metric and its points, for whoever sends or shows them. */
export type StoredMetric = NumberMetric | HistogramStore;
export type NumberMetric = CounterStore | GaugeStore | ObservedStore;

export class CounterStore {
  readonly definition: MetricDefinition;
  readonly #table: SeriesTable<GrowingPoint | UpDownPoint>;

  constructor(definition: MetricDefinition) {
    const Point = definition.kind === 'counter' ? GrowingPoint : UpDownPoint;
    this.definition = definition;
    this.#table = new SeriesTable((attributes) => new Point(attributes, wallClockMs()));
  }

  series(attributes: Attributes): GrowingPoint | UpDownPoint {
    return this.#table.of(attributes);
  }

  read(): NumberPoint[] {
    return this.#table.all();
  }
}

export class GaugeStore {
  readonly definition: MetricDefinition;
  readonly #table = new SeriesTable((attributes) => new GaugePoint(attributes, wallClockMs()));

  constructor(definition: MetricDefinition) {
    this.definition = definition;
  }

  series(attributes: Attributes): GaugePoint {
    return this.#table.of(attributes);
  }

  read(): NumberPoint[] {
    return this.#table.all();
  }
}

export class HistogramStore {
  readonly definition: MetricDefinition;
  readonly bounds: readonly number[];
  readonly #table: SeriesTable<HistogramPoint>;

  constructor(definition: MetricDefinition, exemplars: boolean) {
    this.definition = definition;
    this.bounds = usable(definition.buckets) ?? defaultBounds;
    const unitMs = definition.unit === 's' ? 1000 : definition.unit === 'ms' ? 1 : 0;
    const options = { bounds: this.bounds, exemplars, unitMs };
    this.#table = new SeriesTable((attributes) => new HistogramPoint(attributes, wallClockMs(), options));
  }

  series(attributes: Attributes): HistogramPoint {
    return this.#table.of(attributes);
  }

  read(): HistogramPoint[] {
    return this.#table.all();
  }
}

/** Has the points that are told while it is read, and no others: what is told no more is gone. */
export class ObservedStore {
  readonly definition: MetricDefinition;
  readonly #observers: Observe[] = [];
  readonly #sinceMs: number;
  #points = new Map<string, NumberPoint>();

  constructor(definition: MetricDefinition, sinceMs: number) {
    this.definition = definition;
    this.#sinceMs = sinceMs;
  }

  add(observe: Observe): void {
    this.#observers.push(observe);
  }

  read(): NumberPoint[] {
    const points = new Map<string, NumberPoint>();
    for (const observe of this.#observers)
      observe((value, attributes = {}) => {
        if (Number.isFinite(value)) this.#put(points, value, attributes);
      });
    this.#points = points;
    return [...points.values()];
  }

  /** A point lives on as long as it is told: what was computed for its attributes stays with it. */
  #put(points: Map<string, NumberPoint>, value: number, attributes: Attributes): void {
    const key = keyOf(attributes);
    if (points.size >= mostSeries - 1 && !points.has(key)) {
      this.#putRest(points, value);
      return;
    }
    const point =
      this.#points.get(key) ?? points.get(key) ?? new NumberPoint(keep(attributes), this.#sinceMs);
    point.value = value;
    points.set(key, point);
  }

  /** Counters are summed up; of gauges, which have no sum, the last is kept. */
  #putRest(points: Map<string, NumberPoint>, value: number): void {
    const rest = points.get(restKey);
    if (rest === undefined) {
      const point = this.#points.get(restKey) ?? new NumberPoint(overflowing, this.#sinceMs);
      point.value = value;
      points.set(restKey, point);
    } else rest.value = this.definition.kind === 'gauge' ? value : rest.value + value;
  }
}

const restKey = keyOf(overflowing);

/** https://opentelemetry.io/docs/specs/otel/metrics/sdk/#explicit-bucket-histogram-aggregation */
const defaultBounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];
/** More would make the message of one series as long as a slot. */
const mostBounds = 200;

/** In ascending order, finite, each once; undefined when they are no list. */
function usable(bounds: readonly number[] | undefined): readonly number[] | undefined {
  if (!Array.isArray(bounds)) return undefined;
  const finite = bounds.filter((bound) => Number.isFinite(bound));
  return [...new Set(finite)].sort((one, other) => one - other).slice(0, mostBounds);
}
