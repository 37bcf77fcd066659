import type { AttributeValue } from '@opentelemetry/api';
import type { Mask } from '../mask/mask.ts';
import type { Writer } from './writer.ts';

/**
 * Writes attributes as `KeyValue` messages into `field`. Every text of a span, a metric or a resource passes `mask`
 * here: it is the one way out for them.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto
 */
export function writeAttribute(
  writer: Writer,
  field: number,
  key: string,
  value: AttributeValue,
  mask: Mask,
): void {
  const start = writer.begin(field);
  writer.string(1, key);
  const inner = writer.begin(2);
  writeValue(writer, key, value, mask);
  writer.end(inner);
  writer.end(start);
}

function writeValue(writer: Writer, key: string, value: unknown, mask: Mask): void {
  if (typeof value === 'string') writer.string(1, mask.field(key, value));
  else if (typeof value === 'boolean') writer.varint(2, value ? 1 : 0);
  else if (typeof value === 'number') writeNumber(writer, value);
  else if (Array.isArray(value)) writeArray(writer, key, value, mask);
}

function writeNumber(writer: Writer, value: number): void {
  if (Number.isSafeInteger(value)) writer.int64(3, value);
  else writer.double(4, value);
}

function writeArray(writer: Writer, key: string, values: readonly unknown[], mask: Mask): void {
  const list = writer.begin(5);
  for (const value of values) {
    const item = writer.begin(1);
    writeValue(writer, key, value, mask);
    writer.end(item);
  }
  writer.end(list);
}
