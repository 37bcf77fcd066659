import type { SealedSlot } from '../wire/shelf.ts';
import type { Level } from './levels.ts';
import { linesOf } from './lines.ts';
import { type LineShape, shapeLine } from './log-line.ts';

/**
 * Makes Loki pushes: a stream for each level, six at most, and the service's name as the only other label.
 * https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 */
export class LokiPush {
  readonly #shape: LineShape;
  #lastMs = 0;
  #inThatMs = 0;

  constructor(shape: LineShape) {
    this.#shape = shape;
  }

  encode(slots: readonly SealedSlot[]): Buffer {
    const streams = new Map<Level, string[]>();
    for (const { bytes } of slots)
      for (const raw of linesOf(bytes)) {
        const { atMs, level, fields } = shapeLine(raw, this.#shape);
        const values = streams.get(level) ?? [];
        streams.set(level, values);
        values.push(`["${this.#nanoseconds(atMs)}",${JSON.stringify(JSON.stringify(fields))}]`);
      }
    return Buffer.from(
      `{"streams":[${Array.from(streams, ([level, values]) => this.#stream(level, values))}]}`,
    );
  }

  #stream(level: Level, values: readonly string[]): string {
    const labels = JSON.stringify({ service_name: this.#shape.service, level });
    return `{"stream":${labels},"values":[${values}]}`;
  }

  /** Lines of one millisecond are told apart by what is below it, so that they stay in order. */
  #nanoseconds(atMs: number): string {
    const ms = Math.floor(atMs);
    this.#inThatMs = ms === this.#lastMs ? Math.min(this.#inThatMs + 1, 999_999) : 0;
    this.#lastMs = ms;
    return `${ms}${String(this.#inThatMs).padStart(6, '0')}`;
  }
}
