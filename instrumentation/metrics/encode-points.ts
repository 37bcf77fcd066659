import type { Writer } from '../wire/writer.ts';
import type { Exemplar, HistogramPoint } from './histogram-point.ts';
import type { NumberPoint } from './number-point.ts';
import { HistogramStore, type StoredMetric } from './stored.ts';

/** `NumberDataPoint` and `HistogramDataPoint`. */
export class PointEncoder {
  readonly #scratch = Buffer.alloc(8 * 256);
  readonly #bounds = new WeakMap<HistogramStore, Uint8Array>();
  #sentUntilMs = Number.NEGATIVE_INFINITY;

  /** Exemplars up to `atMs` were sent, and are not sent again; those of its millisecond may be. */
  sentUntil(atMs: number): void {
    this.#sentUntilMs = Math.floor(atMs);
  }

  /** What one point takes at most, without its attributes. */
  mostBytes(metric: StoredMetric): number {
    return metric instanceof HistogramStore
      ? histogramBytes + metric.bounds.length * bucketBytes
      : numberBytes;
  }

  /** `attributes`: encoded. */
  write(
    writer: Writer,
    metric: StoredMetric,
    point: NumberPoint | HistogramPoint,
    attributes: Uint8Array,
    atMs: number,
  ): void {
    const start = writer.begin(1);
    writer.raw(attributes);
    if (metric.definition.kind !== 'gauge') writer.nanoseconds(2, point.sinceMs);
    writer.nanoseconds(3, atMs);
    if (metric instanceof HistogramStore) this.#writeHistogram(writer, metric, point as HistogramPoint);
    else this.#writeNumber(writer, (point as NumberPoint).value, metric.definition.integer === true);
    writer.end(start);
  }

  #writeNumber(writer: Writer, value: number, integer: boolean): void {
    if (!integer || !Number.isSafeInteger(value)) writer.double(4, value);
    else if (value >= 0) writer.fixed64(6, value);
    else {
      this.#scratch[0] = asIntTag;
      this.#scratch.writeBigInt64LE(BigInt(value), 1);
      writer.raw(this.#scratch.subarray(0, 9));
    }
  }

  #writeHistogram(writer: Writer, metric: HistogramStore, point: HistogramPoint): void {
    writer.fixed64(4, point.count);
    writer.double(5, point.sum);
    this.#writeCounts(writer, point.counts);
    const bounds = writer.begin(7);
    writer.raw(this.#boundsOf(metric));
    writer.end(bounds);
    for (let bucket = 0; bucket < point.counts.length; bucket++) {
      const exemplar = point.exemplar(bucket);
      if (exemplar !== undefined && exemplar.atMs >= this.#sentUntilMs) writeExemplar(writer, exemplar);
    }
    if (point.count === 0) return;
    writer.double(11, point.min);
    writer.double(12, point.max);
  }

  /** `bucket_counts`, packed. */
  #writeCounts(writer: Writer, counts: Float64Array): void {
    const scratch = this.#scratch;
    // By index: `entries` makes a pair of each, hundreds of times an export.
    for (let index = 0; index < counts.length; index++) {
      const count = counts[index] as number;
      scratch.writeUInt32LE(count >>> 0, index * 8);
      scratch.writeUInt32LE(Math.floor(count / 2 ** 32), index * 8 + 4);
    }
    const start = writer.begin(6);
    writer.raw(scratch.subarray(0, counts.length * 8));
    writer.end(start);
  }

  #boundsOf(metric: HistogramStore): Uint8Array {
    let bytes = this.#bounds.get(metric);
    if (bytes === undefined) {
      const buffer = Buffer.alloc(metric.bounds.length * 8);
      for (const [index, bound] of metric.bounds.entries()) buffer.writeDoubleLE(bound, index * 8);
      bytes = buffer;
      this.#bounds.set(metric, bytes);
    }
    return bytes;
  }
}

function writeExemplar(writer: Writer, { value, atMs, traceId, spanId }: Exemplar): void {
  const start = writer.begin(8);
  writer.nanoseconds(2, atMs);
  writer.double(3, value);
  writer.hex(4, spanId);
  writer.hex(5, traceId);
  writer.end(start);
}

/** `as_int` of `NumberDataPoint`: field 6, eight bytes. */
const asIntTag = 6 * 8 + 1;
const numberBytes = 40;
const histogramBytes = 80;
/** Count, bound and exemplar. */
const bucketBytes = 16 + 56;
