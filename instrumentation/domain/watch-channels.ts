import { subscribe } from 'node:diagnostics_channel';
import type { Metrics, Origin } from '../metrics/metric.ts';
import { type Instrument, openInstrument } from './instrument.ts';
import type { MappedMetric } from './mapping.ts';
import { type Read, reader, SeriesTree } from './series-tree.ts';
import { UnusableMessages } from './unusable-messages.ts';

/** How many numbers of one message are recorded. */
const mostValues = 1000;

/**
 * Turns messages on diagnostics channels into metrics. A message without what its metric needs is counted and told
 * once; nothing is thrown into the service that publishes. `origin`: the span in which a message was published.
 */
export function watchChannels(
  mapped: readonly MappedMetric[],
  metrics: Metrics,
  origin: () => Origin | undefined = () => undefined,
): void {
  const unusable = new UnusableMessages(metrics);
  const instruments = new Map<string, Instrument>();
  for (const [channel, entries] of Map.groupBy(mapped, ({ channel }) => channel)) {
    const recordings = entries.map((entry) => {
      const { name } = entry.definition;
      const instrument = instruments.get(name) ?? openInstrument(entry.definition, metrics, origin, unusable);
      instruments.set(name, instrument);
      return new Recording(entry, instrument, unusable);
    });
    subscribe(channel, (message) => {
      for (const recording of recordings) recording.take(message);
    });
  }
}

/** One metric's view of the messages of one channel. */
class Recording {
  readonly #entry: MappedMetric;
  readonly #unusable: UnusableMessages;
  readonly #value: Read | undefined;
  readonly #conditions: readonly { readonly read: Read; readonly is: unknown }[];
  readonly #series: SeriesTree<(value: number) => void>;
  readonly #scale: number;
  readonly #least: number;

  constructor(entry: MappedMetric, instrument: Instrument, unusable: UnusableMessages) {
    this.#entry = entry;
    this.#unusable = unusable;
    this.#value = entry.value && reader(entry.value);
    this.#conditions = entry.when.map(({ path, is }) => ({ read: reader(path), is }));
    this.#series = new SeriesTree(entry.attributes, instrument.series, instrument.overflow);
    this.#scale = entry.scale;
    this.#least = entry.definition.kind === 'counter' ? 0 : Number.NEGATIVE_INFINITY;
  }

  take(message: unknown): void {
    try {
      for (const { read, is } of this.#conditions) if (read(message) !== is) return;
      const value = this.#value ? this.#value(message) : 1;
      if (typeof value === 'number') this.#record(message, value);
      else if (Array.isArray(value)) this.#recordAll(message, value);
      else this.#unusable.tell(this.#entry, value);
    } catch (error) {
      this.#unusable.tell(this.#entry, error);
    }
  }

  #recordAll(message: unknown, values: readonly unknown[]): void {
    const count = Math.min(values.length, mostValues);
    for (let at = 0; at < count; at += 1) this.#record(message, values[at]);
  }

  #record(message: unknown, value: unknown): void {
    const scaled = typeof value === 'number' ? value * this.#scale : Number.NaN;
    if (scaled >= this.#least && Number.isFinite(scaled)) this.#series.find(message)(scaled);
    else this.#unusable.tell(this.#entry, value);
  }
}
