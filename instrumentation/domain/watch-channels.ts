import { subscribe } from 'node:diagnostics_channel';
import type { MetricKind, Metrics, Origin } from '../metrics/metric.ts';
import { type Instrument, openInstrument, type Take } from './instrument.ts';
import type { MappedMetric } from './mapping.ts';
import { type Read, reader, SeriesTree } from './series-tree.ts';
import { UnusableMessages } from './unusable-messages.ts';

/** Totals that only grow, which a negative value would break (of a histogram it is the sum). */
const onlyGrow: readonly MetricKind[] = ['counter', 'histogram'];
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
      const instrument = instruments.get(name) ?? openInstrument(entry.definition, metrics, origin);
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
  readonly #series: SeriesTree<Take>;
  readonly #scale: number;
  readonly #least: number;

  constructor(entry: MappedMetric, instrument: Instrument, unusable: UnusableMessages) {
    this.#entry = entry;
    this.#unusable = unusable;
    this.#value = entry.value && reader(entry.value);
    this.#conditions = entry.when.map(({ path, is }) => ({ read: reader(path), is }));
    this.#series = new SeriesTree(entry.attributes, instrument);
    this.#scale = entry.scale;
    this.#least = onlyGrow.includes(entry.definition.kind) ? 0 : Number.NEGATIVE_INFINITY;
  }

  take(message: unknown): void {
    try {
      for (const { read, is } of this.#conditions) if (read(message) !== is) return;
      const value = this.#value ? this.#value(message) : 1;
      if (Array.isArray(value)) this.#recordAll(message, value);
      else this.#record(message, value);
    } catch {
      this.#unusable.addUnreadable(this.#entry);
    }
  }

  #recordAll(message: unknown, values: readonly unknown[]): void {
    if (values.length === 0) return;
    const take = this.#series.find(message);
    const count = Math.min(values.length, mostValues);
    for (let at = 0; at < count; at += 1) {
      const scaled = this.#scaled(values[at]);
      if (scaled !== undefined) take(scaled);
    }
  }

  #record(message: unknown, value: unknown): void {
    const scaled = this.#scaled(value);
    if (scaled !== undefined) this.#series.find(message)(scaled);
  }

  #scaled(value: unknown): number | undefined {
    const scaled = typeof value === 'number' ? value * this.#scale : Number.NaN;
    if (scaled >= this.#least && Number.isFinite(scaled)) return scaled;
    this.#unusable.add(this.#entry, value);
    return undefined;
  }
}
