import type { Attributes } from '@opentelemetry/api';
import { keep, keyOf } from './attributes-key.ts';

/** Of one metric, the one for what has no room included. */
export const mostSeries = 200;

/** What the specification names the series that sums up the rest. */
export const overflowing: Attributes = { 'otel.metric.overflow': true };

/** The points of one metric, by their attributes: as many as there is room for, and one for the rest. */
export class SeriesTable<P> {
  readonly #points = new Map<string, P>();
  readonly #create: (attributes: Attributes) => P;
  #overflow: P | undefined;

  constructor(create: (attributes: Attributes) => P) {
    this.#create = create;
  }

  of(attributes: Attributes): P {
    const key = keyOf(attributes);
    return this.#points.get(key) ?? this.#add(key, attributes);
  }

  all(): P[] {
    const points = [...this.#points.values()];
    if (this.#overflow !== undefined) points.push(this.#overflow);
    return points;
  }

  #add(key: string, attributes: Attributes): P {
    if (this.#points.size >= mostSeries - 1) {
      this.#overflow ??= this.#create(overflowing);
      return this.#overflow;
    }
    const point = this.#create(keep(attributes));
    this.#points.set(key, point);
    return point;
  }
}
