import type { FieldSchema, MessageSchema, ScalarKind } from './otlp-schema.ts';
import { Reader } from './protobuf-reader.ts';

/**
 * OTLP in protobuf to OTLP/JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): ids in hex, 64-bit
 * integers as strings, enums as numbers, names in camel case. Fields that the schema does not have are left out.
 * @throws RangeError when the bytes are no such message.
 */
export function toJson(bytes: Buffer, schema: MessageSchema): Buffer {
  return Buffer.from(message(new Reader(bytes), schema));
}

function message(from: Reader, schema: MessageSchema): string {
  // By place in the message, since the values of a repeated field need not stand together.
  const found: (string | undefined)[] = new Array(schema.size);
  const labels: FieldSchema[] = new Array(schema.size);
  while (!from.done) {
    const tag = from.tag();
    const field = schema.fields[tag >>> 3];
    if (!field) {
      from.skip(tag);
      continue;
    }
    const { place, repeated } = field;
    const text =
      typeof field.kind === 'string' ? scalar(from, field.kind, tag) : message(from.message(), field.kind);
    const before = found[place];
    found[place] = repeated && before ? joined(before, text) : text;
    labels[place] = field;
  }
  return join(found, labels);
}

/** An empty packed field adds nothing. */
function joined(before: string, text: string): string {
  return text === '' ? before : `${before},${text}`;
}

function join(found: readonly (string | undefined)[], labels: readonly FieldSchema[]): string {
  let json = '';
  for (let place = 0; place < found.length; place++) {
    const text = found[place];
    if (text === undefined) continue;
    const { label, repeated } = labels[place] as FieldSchema;
    json += `${json === '' ? '' : ','}${label}${repeated ? `[${text}]` : text}`;
  }
  return `{${json}}`;
}

const [lengthDelimited, texts] = [2, ['string', 'hex', 'base64']];

function scalar(from: Reader, kind: ScalarKind, tag: number): string {
  if ((tag & 7) !== lengthDelimited || texts.includes(kind)) return single(from, kind);
  // Packed: many numbers in one field.
  const values: string[] = [];
  for (const inner = from.message(); !inner.done; ) values.push(single(inner, kind));
  return values.join(',');
}

function single(from: Reader, kind: ScalarKind): string {
  switch (kind) {
    case 'string':
      return JSON.stringify(from.text('utf8'));
    case 'hex':
    case 'base64':
      return `"${from.text(kind)}"`;
    case 'number':
      return String(from.varint());
    case 'bool':
      return from.varint() ? 'true' : 'false';
    case 'int64':
      return `"${from.int64()}"`;
    case 'fixed32':
      return String(from.fixed32());
    case 'fixed64':
      return `"${from.fixed64()}"`;
    case 'sfixed64':
      return `"${from.sfixed64()}"`;
    case 'double':
      return double(from.double());
  }
}

/** Protobuf's JSON has words for what JSON has none for. */
function double(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}
