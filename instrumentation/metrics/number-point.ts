import type { Attributes } from '@opentelemetry/api';
import type { CounterSeries, GaugeSeries } from './metric.ts';

/** One number of one combination of attributes. */
export class NumberPoint {
  readonly attributes: Attributes;
  /** Since when it counts, in epoch milliseconds. */
  readonly sinceMs: number;
  value = 0;

  constructor(attributes: Attributes, sinceMs: number) {
    this.attributes = attributes;
    this.sinceMs = sinceMs;
  }
}

/** Only grows: what would make it smaller is ignored, as is what is no finite number. */
export class GrowingPoint extends NumberPoint implements CounterSeries {
  add(value: number): void {
    if (Number.isFinite(value) && value > 0) this.value += value;
  }
}

export class UpDownPoint extends NumberPoint implements CounterSeries {
  add(value: number): void {
    if (Number.isFinite(value)) this.value += value;
  }
}

export class GaugePoint extends NumberPoint implements GaugeSeries {
  set(value: number): void {
    if (Number.isFinite(value)) this.value = value;
  }
}
