import type { Attributes } from '@opentelemetry/api';
import type { Mask } from '../mask/mask.ts';
import { writeAttribute } from '../wire/attributes.ts';
import { Feed } from '../wire/feed.ts';
import { scopePrefix } from '../wire/scope.ts';
import type { Shelf } from '../wire/shelf.ts';
import { slotBytes } from '../wire/shelf.ts';
import { Writer } from '../wire/writer.ts';
import { PointEncoder } from './encode-points.ts';
import type { HistogramPoint } from './histogram-point.ts';
import type { NumberPoint } from './number-point.ts';
import type { Registry } from './registry.ts';
import type { MetricsOfScope } from './scope.ts';
import type { StoredMetric } from './stored.ts';

/** Points of one metric that go into one message: no more than fit with others into a slot. */
interface Part {
  readonly metric: StoredMetric;
  readonly points: readonly (NumberPoint | HistogramPoint)[];
}

/** Bytes of points in one message. A quarter of a slot: when it does not fit into the rest, little is left empty. */
const partBytes = slotBytes / 4;

/**
 * Writes all metrics as OTLP's `Metric` messages (field 2 of `ScopeMetrics`) into slots, cumulative since each series began.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 */
export class MetricsEncoder {
  readonly #registry: Registry;
  readonly #shelf: Shelf;
  readonly #mostSlots: number;
  readonly #onSealed: () => void;
  readonly #feeds = new Map<MetricsOfScope, Feed>();
  readonly #points: PointEncoder;
  readonly #attributes: EncodedAttributes;

  /** `mostSlots`: of the shelf, for metrics. */
  constructor(options: {
    registry: Registry;
    shelf: Shelf;
    mostSlots: number;
    mask: Mask;
    onSealed: () => void;
  }) {
    this.#registry = options.registry;
    this.#shelf = options.shelf;
    this.#mostSlots = options.mostSlots;
    this.#onSealed = options.onSealed;
    this.#attributes = new EncodedAttributes(options.mask);
    this.#points = new PointEncoder();
  }

  /** Call `registry.prepare` before. `atMs`: epoch milliseconds. */
  encode(atMs: number): void {
    for (const scope of this.#registry.scopes()) {
      for (const metric of scope.all())
        for (const part of this.#split(metric)) {
          const encode = (writer: Writer) => this.#write(writer, part, atMs);
          this.#feedOf(scope).add(encode, undefined, part.points.length);
        }
      this.#feeds.get(scope)?.seal();
    }
    this.#points.sentUntil(atMs);
  }

  #feedOf(scope: MetricsOfScope): Feed {
    let feed = this.#feeds.get(scope);
    if (feed === undefined) {
      feed = new Feed({
        shelf: this.#shelf,
        signal: 'metrics',
        mostSlots: this.#mostSlots,
        prefix: scopePrefix(scope.name, scope.version),
        onSealed: this.#onSealed,
      });
      this.#feeds.set(scope, feed);
    }
    return feed;
  }

  *#split(metric: StoredMetric): Generator<Part> {
    let points: (NumberPoint | HistogramPoint)[] = [];
    let bytes = 0;
    for (const point of metric.read()) {
      const more = this.#attributes.of(point).length + this.#points.mostBytes(metric);
      if (points.length > 0 && bytes + more > partBytes) {
        yield { metric, points };
        points = [];
        bytes = 0;
      }
      points.push(point);
      bytes += more;
    }
    if (points.length > 0) yield { metric, points };
  }

  #write(writer: Writer, { metric, points }: Part, atMs: number): void {
    const { definition } = metric;
    const message = writer.begin(2);
    writer.string(1, definition.name);
    if (definition.description !== '') writer.string(2, definition.description);
    if (definition.unit !== '') writer.string(3, definition.unit);
    const data = writer.begin(dataFields[definition.kind]);
    for (const point of points) this.#points.write(writer, metric, point, this.#attributes.of(point), atMs);
    if (definition.kind !== 'gauge') writer.varint(2, cumulative);
    if (definition.kind === 'counter') writer.varint(3, 1);
    writer.end(data);
    writer.end(message);
  }
}

/** `gauge`, `sum` and `histogram` of `Metric`. */
const dataFields = { gauge: 5, counter: 7, 'up-down-counter': 7, histogram: 9 } as const;
/** `AGGREGATION_TEMPORALITY_CUMULATIVE`. */
const cumulative = 2;

/** Attributes of a series do not change: they are masked and encoded once. */
class EncodedAttributes {
  readonly #mask: Mask;
  readonly #known = new WeakMap<object, Uint8Array>();
  readonly #writer = new Writer();
  readonly #scratch = Buffer.alloc(slotBytes);

  constructor(mask: Mask) {
    this.#mask = mask;
  }

  of(point: NumberPoint | HistogramPoint): Uint8Array {
    let bytes = this.#known.get(point);
    if (bytes === undefined) {
      bytes = this.#encode(point.attributes, 'counts' in point ? 9 : 7);
      this.#known.set(point, bytes);
    }
    return bytes;
  }

  /** `field`: where attributes stand in a point. What does not fit is left out. */
  #encode(attributes: Attributes, field: number): Uint8Array {
    this.#writer.reset(this.#scratch);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === undefined) continue;
      const start = this.#writer.position;
      writeAttribute(this.#writer, field, key, value, this.#mask);
      if (this.#writer.overflowed) this.#writer.rewind(start);
    }
    return Uint8Array.prototype.slice.call(this.#scratch, 0, this.#writer.position);
  }
}
