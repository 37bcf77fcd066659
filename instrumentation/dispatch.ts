import { complain } from './complain.ts';
import { LineFeed, noLines } from './logs/line-feed.ts';
import type { Lines } from './logs/lines.ts';
import type { Mask } from './mask/mask.ts';
import { MetricsEncoder } from './metrics/encode-metrics.ts';
import type { Registry } from './metrics/registry.ts';
import { Sender } from './send/sender.ts';
import type { Settings } from './settings/settings.ts';
import type { Clock } from './trace/clock.ts';
import { spanEncoder } from './trace/encode-span.ts';
import type { RecordedSpan } from './trace/span.ts';
import { Feed } from './wire/feed.ts';
import { encodeResource, type ResourceAttributes } from './wire/resource.ts';
import { scopePrefix } from './wire/scope.ts';
import { Sealing } from './wire/sealing.ts';
import { type Counts, Shelf, type Signal, signals, slotBytes } from './wire/shelf.ts';

/** A service that makes a tracer for each request would fill the shelf with slots that hold one span each. */
const mostScopes = 32;
const metricsPreparedWithinMs = 500;
/** Of the shelf. Lines may wait out an outage; of metrics only the last ones are worth keeping. */
const share: Readonly<Record<Signal, number>> = { traces: 0.4, metrics: 0.1, logs: 0.8 };

/**
 * What is recorded, on its way to the sender: spans and lines are encoded as they come, metrics in each interval; what
 * is there is sealed when a slot is full, and now and then.
 */
export class Dispatch {
  readonly lines: Lines;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #shelf: Shelf;
  readonly #sender: Sender;
  readonly #encodeSpan: ReturnType<typeof spanEncoder>;
  readonly #metrics: MetricsEncoder;
  readonly #spanFeeds = new Map<string, Feed>();
  readonly #feeds: Feed[] = [];
  readonly #toldOfDrops = new Set<Signal>();

  constructor(options: {
    settings: Settings;
    /** Who tells all this. */
    resource: ResourceAttributes;
    environment: NodeJS.ProcessEnv;
    clock: Clock;
    mask: Mask;
    registry: Registry;
  }) {
    const { settings, clock, mask, registry, resource, environment } = options;
    this.#settings = settings;
    this.#clock = clock;
    this.#registry = registry;
    this.#shelf = new Shelf(Math.ceil(settings.bufferBytes / slotBytes));
    this.#sender = new Sender(
      {
        memory: this.#shelf.memory,
        slots: this.#shelf.slots,
        resource: encodeResource(resource, mask),
        ...pick(settings, ['service', 'version', 'traces', 'metrics', 'logs', 'loki']),
        ...pick(settings, ['maskedFields', 'allowedFields']),
      },
      { tell: complain, environment },
    );
    this.#encodeSpan = spanEncoder(mask);
    this.#metrics = new MetricsEncoder({
      registry,
      mask,
      shelf: this.#shelf,
      mostSlots: this.#mostSlots('metrics'),
      onSealed: () => this.#sender.sealed(),
    });
    this.lines = settings.loki || settings.logs ? new LineFeed(this.#feed('logs')) : noLines;
  }

  /** Whether anything can be sent at all. */
  get isWanted(): boolean {
    const { traces, metrics, logs, loki } = this.#settings;
    return Boolean(traces || metrics || logs || loki);
  }

  span(span: RecordedSpan): void {
    if (!span.sampled || !this.#settings.traces) return;
    const feed = this.#spanFeeds.get(span.scope) ?? this.#spanFeed(span.scope);
    feed.add(this.#encodeSpan, span);
  }

  counts(signal: Signal): Counts {
    return this.#shelf.counts(signal);
  }

  /** Sends now and then; nothing of it keeps the process alive. */
  start(): void {
    if (!this.isWanted) return;
    const { sendAfterMs, metricIntervalMs, metrics } = this.#settings;
    const sealing = new Sealing(this.#shelf, this.#feeds);
    setInterval(() => {
      this.#clock.adjust();
      sealing.tick();
      this.#tellOfDrops();
    }, sendAfterMs).unref();
    if (metrics) setInterval(() => this.#readMetrics(), metricIntervalMs).unref();
  }

  /** Everything there is to the sender, which works on while the process does. */
  handOver(): void {
    // What takes time cannot be waited for any more; what does not is read at once.
    void this.#registry.prepare(0);
    this.#writeMetrics();
    for (const feed of this.#feeds) feed.seal();
  }

  /** Everything there is to the sender; blocks until it was tried, at most for `forMs`. */
  flush(forMs: number): void {
    if (!this.isWanted) return;
    this.handOver();
    this.#sender.flush(forMs);
    const left = signals
      .map((signal) => ({ signal, ...this.counts(signal) }))
      .map(({ signal, produced, delivered }) => ({ signal, missing: produced - delivered }))
      .filter(({ missing }) => missing > 0)
      .map(({ signal, missing }) => `${missing} ${names[signal]}`);
    if (left.length > 0) complain(`not delivered when the process ended: ${left.join(', ')}`);
  }

  /** Once for each signal; how many it were in the end is a metric. */
  #tellOfDrops(): void {
    for (const signal of signals) {
      if (this.#toldOfDrops.has(signal) || this.counts(signal).dropped === 0) continue;
      this.#toldOfDrops.add(signal);
      complain(
        `${names[signal]} are being dropped: they cannot be delivered, or more wait than ORDEAL_BUFFER_MB allows (told once)`,
      );
    }
  }

  #readMetrics(): void {
    const waiting = this.#registry.prepare(metricsPreparedWithinMs);
    if (waiting) waiting.then(() => this.#writeMetrics());
    else this.#writeMetrics();
  }

  #writeMetrics(): void {
    if (!this.#settings.metrics) return;
    this.#metrics.encode(this.#clock.nowMs());
  }

  #spanFeed(scope: string): Feed {
    const known = this.#spanFeeds.size < mostScopes ? scope : 'other@';
    let feed = this.#spanFeeds.get(known);
    if (!feed) {
      const at = known.lastIndexOf('@');
      feed = this.#feed('traces', scopePrefix(known.slice(0, at), known.slice(at + 1)));
      this.#spanFeeds.set(known, feed);
    }
    return feed;
  }

  #feed(signal: Signal, prefix?: Uint8Array): Feed {
    const feed = new Feed({
      shelf: this.#shelf,
      signal,
      mostSlots: this.#mostSlots(signal),
      onSealed: () => this.#sender.sealed(),
      ...(prefix && { prefix }),
    });
    this.#feeds.push(feed);
    return feed;
  }

  #mostSlots(signal: Signal): number {
    return Math.max(4, Math.floor(this.#shelf.slots * share[signal]));
  }
}

const names: Readonly<Record<Signal, string>> = {
  traces: 'spans',
  metrics: 'data points',
  logs: 'log lines',
};

function pick<T, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}
