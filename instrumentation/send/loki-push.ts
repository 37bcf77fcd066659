import type { SealedSlot } from '../wire/shelf.ts';
import type { Level } from './levels.ts';
import { linesOf, type RawLine } from './lines.ts';
import { type LineShape, shapeLine } from './log-line.ts';
import { PlainLines, type ToldLine } from './plain-line.ts';
import { PushValues } from './push-values.ts';

const endOfStream = Buffer.from(']}');

/**
 * Makes Loki pushes: a stream for each level, six at most, and the service's name as the only other label.
 * https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 */
export class LokiPush {
  readonly #shape: LineShape;
  readonly #plain: PlainLines;
  readonly #values = new Map<Level, PushValues>();
  #lastMs = 0;
  #inThatMs = 0;

  constructor(shape: LineShape) {
    this.#shape = shape;
    this.#plain = new PlainLines(shape);
  }

  encode(slots: readonly SealedSlot[]): Buffer {
    for (const values of this.#values.values()) values.clear();
    for (const { bytes } of slots)
      for (const raw of linesOf(bytes)) {
        const { level, json } = this.#plain.tell(raw) ?? this.#tell(raw);
        this.#valuesOf(level).add(this.#nanoseconds(raw.atMs), json);
      }
    const streams = [...this.#values].filter(([, { written }]) => written.length > 0);
    return Buffer.concat([
      Buffer.from('{"streams":['),
      ...streams.flatMap(([level, { written }], at) => [this.#start(level, at), written, endOfStream]),
      Buffer.from(']}'),
    ]);
  }

  #tell(raw: RawLine): ToldLine {
    const { level, fields } = shapeLine(raw, this.#shape);
    return { level, json: JSON.stringify(fields) };
  }

  #valuesOf(level: Level): PushValues {
    const known = this.#values.get(level);
    if (known) return known;
    const values = new PushValues();
    this.#values.set(level, values);
    return values;
  }

  #start(level: Level, at: number): Buffer {
    const labels = JSON.stringify({ service_name: this.#shape.service, level });
    return Buffer.from(`${at > 0 ? ',' : ''}{"stream":${labels},"values":[`);
  }

  /** Lines of one millisecond are told apart by what is below it, so that they stay in order. */
  #nanoseconds(atMs: number): string {
    const ms = Math.floor(atMs);
    this.#inThatMs = ms === this.#lastMs ? Math.min(this.#inThatMs + 1, 999_999) : 0;
    this.#lastMs = ms;
    return `${ms}${String(1_000_000 + this.#inThatMs).slice(1)}`;
  }
}
