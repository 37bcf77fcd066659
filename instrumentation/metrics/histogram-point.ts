import type { Attributes } from '@opentelemetry/api';
import { wallClockMs } from '../trace/clock.ts';
import type { HistogramSeries, Origin } from './metric.ts';

export interface Exemplar extends Origin {
  readonly value: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/**
 * Values of one combination of attributes, counted by bucket. Bucket `i` takes what is above bound `i - 1` and at most
 * bound `i`; the last takes the rest. https://opentelemetry.io/docs/specs/otel/metrics/data-model/#histogram
 */
export class HistogramPoint implements HistogramSeries {
  readonly attributes: Attributes;
  /** Since when it counts, in epoch milliseconds. */
  readonly sinceMs: number;
  readonly bounds: readonly number[];
  readonly counts: Float64Array;
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  /** The last of each bucket; empty while there was none. */
  readonly #exemplars: LastExemplar[] = [];
  readonly #withExemplars: boolean;
  readonly #unitMs: number;

  constructor(
    attributes: Attributes,
    sinceMs: number,
    /** `unitMs`: how many milliseconds a value of 1 is, when it is a time. */
    options: { bounds: readonly number[]; exemplars: boolean; unitMs: number },
  ) {
    this.attributes = attributes;
    this.sinceMs = sinceMs;
    this.bounds = options.bounds;
    this.counts = new Float64Array(options.bounds.length + 1);
    this.#withExemplars = options.exemplars;
    this.#unitMs = options.unitMs;
  }

  /** A negative value is ignored (a sum has to grow), as is one that is no finite number. */
  record(value: number, origin?: Origin): void {
    if (!(Number.isFinite(value) && value >= 0)) return;
    const bucket = bucketOf(this.bounds, value);
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.count += 1;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (origin !== undefined && this.#withExemplars) this.#remember(bucket, value, origin);
  }

  exemplar(bucket: number): Exemplar | undefined {
    return this.#exemplars[bucket];
  }

  /** Overwritten in place: an object for each value would be garbage for each request. */
  #remember(bucket: number, value: number, origin: Origin): void {
    // To ask for the time costs more than all the rest.
    const atMs = origin.startMs === undefined ? wallClockMs() : origin.startMs + value * this.#unitMs;
    const last = this.#exemplars[bucket];
    if (last === undefined) {
      this.#exemplars[bucket] = new LastExemplar(value, atMs, origin);
      return;
    }
    last.value = value;
    last.atMs = atMs;
    last.origin = origin;
  }
}

/** Its ids are made text when they are told: that is once in many values. */
class LastExemplar implements Exemplar {
  value: number;
  atMs: number;
  origin: Origin;

  constructor(value: number, atMs: number, origin: Origin) {
    this.value = value;
    this.atMs = atMs;
    this.origin = origin;
  }

  get traceId(): string {
    return this.origin.traceId;
  }

  get spanId(): string {
    return this.origin.spanId;
  }
}

function bucketOf(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= (bounds[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
