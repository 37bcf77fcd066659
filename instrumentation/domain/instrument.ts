import type { Attributes } from '@opentelemetry/api';
import type { MetricDefinition, Metrics, Origin } from '../metrics/metric.ts';
import { mostSeries } from './series-tree.ts';
import type { UnusableMessages } from './unusable-messages.ts';

/** One metric: for each combination of attributes, what takes a value. */
export interface Instrument {
  series(attributes: Attributes): (value: number) => void;
  /** For a combination that will not be kept by whoever asks. */
  overflow(attributes: Attributes): (value: number) => void;
}

export function openInstrument(
  definition: MetricDefinition,
  metrics: Metrics,
  origin: () => Origin | undefined,
  unusable: UnusableMessages,
): Instrument {
  if (definition.kind === 'gauge') return gauge(definition, metrics, unusable);
  if (definition.kind === 'histogram') {
    const metric = metrics.histogram(definition);
    return alike((attributes) => {
      const series = metric.series(attributes);
      return (value) => series.record(value, origin());
    });
  }
  const metric = metrics.counter(definition);
  return alike((attributes) => {
    const series = metric.series(attributes);
    return (value) => series.add(value);
  });
}

/** The registry sums up what is too much. */
function alike(series: Instrument['series']): Instrument {
  return { series, overflow: series };
}

interface Last {
  readonly attributes: Attributes;
  value: number | undefined;
}

/** Keeps the last value of each combination until metrics are read. Values that nobody can add up are not summed up. */
function gauge(definition: MetricDefinition, metrics: Metrics, unusable: UnusableMessages): Instrument {
  const kept = new Map<string, Last>();
  metrics.observe(definition, (tell) => {
    for (const { value, attributes } of kept.values()) if (value !== undefined) tell(value, attributes);
  });
  const overflow = () => () => unusable.tooMany(definition);
  return {
    series(attributes) {
      const key = JSON.stringify(attributes);
      const last = kept.get(key) ?? { attributes, value: undefined };
      if (kept.size >= mostSeries && !kept.has(key)) return overflow();
      kept.set(key, last);
      return (value) => {
        last.value = value;
      };
    },
    overflow,
  };
}
