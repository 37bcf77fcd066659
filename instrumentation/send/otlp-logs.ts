import type { SealedSlot } from '../wire/shelf.ts';
import { Writer } from '../wire/writer.ts';
import { severityNumbers } from './levels.ts';
import { linesOf } from './lines.ts';
import { type LineShape, type ShapedLine, shapeLine } from './log-line.ts';

/** Three bytes of length are kept free for every nested message: a short field takes up to three times its text. */
const roomPerByte = 4;

/**
 * The lines of a slot as `log_records` of ScopeLogs (field 2), one after the other.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto
 */
export function logRecords({ bytes }: SealedSlot, shape: LineShape): Uint8Array {
  const to = Buffer.allocUnsafe(bytes.length * roomPerByte + 65_536);
  const writer = new Writer();
  writer.reset(to);
  for (const raw of linesOf(bytes)) writeRecord(writer, shapeLine(raw, shape), shape);
  if (writer.overflowed)
    throw new RangeError(
      `Expected the lines of a slot to take at most ${to.length} bytes, but they take more.`,
    );
  return to.subarray(0, writer.position);
}

function writeRecord(writer: Writer, { atMs, level, fields }: ShapedLine, shape: LineShape): void {
  const { timestamp, level: text, message, service, version, trace_id, span_id, ...rest } = fields;
  const record = writer.begin(2);
  writer.nanoseconds(1, Math.max(0, Date.parse(timestamp) || atMs));
  writer.varint(2, severityNumbers[level]);
  writer.string(3, text);
  const body = writer.begin(5);
  writer.string(1, message);
  writer.end(body);
  // The resource says these already, unless the line says something else.
  if (service !== shape.service) writeField(writer, 6, 'service', service);
  if (version !== shape.version) writeField(writer, 6, 'version', version);
  for (const [key, value] of Object.entries(rest)) writeField(writer, 6, key, value);
  if (isId(trace_id, 32)) writer.hex(9, trace_id);
  if (isId(span_id, 16)) writer.hex(10, span_id);
  writer.nanoseconds(11, Math.max(0, atMs));
  writer.end(record);
}

function writeField(writer: Writer, field: number, key: string, value: unknown): void {
  const start = writer.begin(field);
  writer.string(1, key);
  const inner = writer.begin(2);
  writeValue(writer, value);
  writer.end(inner);
  writer.end(start);
}

/** As AnyValue; null is an empty one. */
function writeValue(writer: Writer, value: unknown): void {
  if (typeof value === 'string') writer.string(1, value);
  else if (typeof value === 'boolean') writer.varint(2, value ? 1 : 0);
  else if (typeof value === 'number' && Number.isSafeInteger(value)) writer.int64(3, value);
  else if (typeof value === 'number') writer.double(4, value);
  else if (Array.isArray(value)) writeList(writer, value);
  else if (typeof value === 'object' && value !== null) writeMap(writer, value);
}

function writeList(writer: Writer, values: readonly unknown[]): void {
  const list = writer.begin(5);
  for (const value of values) {
    const item = writer.begin(1);
    writeValue(writer, value);
    writer.end(item);
  }
  writer.end(list);
}

function writeMap(writer: Writer, value: object): void {
  const map = writer.begin(6);
  for (const [key, inner] of Object.entries(value)) writeField(writer, 1, key, inner);
  writer.end(map);
}

function isId(value: unknown, length: number): value is string {
  return typeof value === 'string' && value.length === length && /^[0-9a-f]+$/.test(value);
}
