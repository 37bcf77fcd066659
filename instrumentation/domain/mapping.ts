import type { MetricDefinition } from '../metrics/metric.ts';

/** Names of a field and of the fields inside it: `a.b` is `['a', 'b']`. */
export type Path = readonly string[];

export type Primitive = string | number | boolean;

/** How messages of one diagnostics channel become one metric. */
export interface MappedMetric {
  readonly channel: string;
  readonly definition: MetricDefinition;
  /** The number, or the numbers, that a message holds; without one each message counts as 1. */
  readonly value: Path | undefined;
  /** From the unit of the field to the unit of the metric: 0.001 for milliseconds that become seconds. */
  readonly scale: number;
  readonly attributes: readonly { readonly name: string; readonly path: Path }[];
  /** A message counts when all of these hold. */
  readonly when: readonly { readonly path: Path; readonly is: Primitive }[];
}
