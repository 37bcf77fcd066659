import type { Attributes } from '@opentelemetry/api';
import type { MetricDefinition, Metrics, Origin } from '../metrics/metric.ts';

/** Takes one value of one combination of attributes. */
export type Take = (value: number) => void;

/** One metric: for a combination of attributes, what takes its values. */
export type Instrument = (attributes: Attributes) => Take;

export function openInstrument(
  definition: MetricDefinition,
  metrics: Metrics,
  origin: () => Origin | undefined,
): Instrument {
  if (definition.kind === 'gauge') return gauge(definition, metrics);
  if (definition.kind === 'histogram') return histogram(definition, metrics, origin);
  return counter(definition, metrics);
}

function gauge(definition: MetricDefinition, metrics: Metrics): Instrument {
  const metric = metrics.gauge(definition);
  return (attributes) => {
    const series = metric.series(attributes);
    return (value) => series.set(value);
  };
}

function histogram(
  definition: MetricDefinition,
  metrics: Metrics,
  origin: () => Origin | undefined,
): Instrument {
  const metric = metrics.histogram(definition);
  return (attributes) => {
    const series = metric.series(attributes);
    return (value) => series.record(value, origin());
  };
}

function counter(definition: MetricDefinition, metrics: Metrics): Instrument {
  const metric = metrics.counter(definition);
  return (attributes) => {
    const series = metric.series(attributes);
    return (value) => series.add(value);
  };
}
