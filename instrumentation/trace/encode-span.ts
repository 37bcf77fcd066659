import type { AttributeValue, Link } from '@opentelemetry/api';
import type { Mask } from '../mask/mask.ts';
import type { AttributeBlock } from '../wire/attribute-block.ts';
import { writeAttribute } from '../wire/attributes.ts';
import { slotBytes } from '../wire/shelf.ts';
import { Writer } from '../wire/writer.ts';
import type { RecordedSpan, SpanEvent } from './span.ts';

/** `ScopeSpans.spans` */
const spansField = 2;
/** `Span.attributes` */
const attributesField = 9;
/** `Span.flags`: the lower 8 bits are the W3C flags, bit 8 says that bit 9 (the parent is remote) is known. */
const parentKnown = 0x100;
const parentRemote = 0x200;

function encodeBlock({ pairs }: AttributeBlock, mask: Mask): Uint8Array {
  const writer = new Writer();
  const memory = Buffer.alloc(slotBytes / 2);
  writer.reset(memory);
  for (const [key, value] of pairs) {
    const start = writer.position;
    writeAttribute(writer, attributesField, key, value, mask);
    if (writer.overflowed) writer.rewind(start);
  }
  return Uint8Array.prototype.slice.call(memory, 0, writer.position);
}

/**
 * Writes spans as fields of `ScopeSpans`.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export function spanEncoder(mask: Mask): (writer: Writer, span: RecordedSpan) => void {
  const attribute = (writer: Writer, field: number, key: string, value: AttributeValue) =>
    writeAttribute(writer, field, key, value, mask);

  const event = (writer: Writer, { atMs, name, attributes }: SpanEvent) => {
    const start = writer.begin(11);
    writer.nanoseconds(1, atMs);
    writer.string(2, mask.text(name));
    for (const [key, value] of Object.entries(attributes))
      if (value !== undefined) attribute(writer, 3, key, value);
    writer.end(start);
  };

  const link = (writer: Writer, { context, attributes = {} }: Link) => {
    const start = writer.begin(13);
    writer.hex(1, context.traceId);
    writer.hex(2, context.spanId);
    for (const [key, value] of Object.entries(attributes))
      if (value !== undefined) attribute(writer, 4, key, value);
    writer.end(start);
  };

  return (writer, span) => {
    const start = writer.begin(spansField);
    writer.words(1, span.trace.words);
    writer.words(2, span.id.words);
    if (span.parent) writer.words(4, span.parent.id.words);
    writer.string(5, span.scope === '' ? span.name : mask.text(span.name));
    writer.varint(6, span.kind + 1);
    writer.nanoseconds(7, span.startMs);
    writer.nanoseconds(8, span.endMs);
    if (span.shared) {
      span.shared.encoded ??= encodeBlock(span.shared, mask);
      writer.raw(span.shared.encoded);
    }
    for (let at = 0; at < span.attributes.length; at += 2)
      attribute(
        writer,
        attributesField,
        span.attributes[at] as string,
        span.attributes[at + 1] as AttributeValue,
      );
    if (span.droppedAttributes > 0) writer.varint(10, span.droppedAttributes);
    if (span.events) for (const each of span.events) event(writer, each);
    if (span.links) for (const each of span.links) link(writer, each);
    if (span.status) {
      const status = writer.begin(15);
      if (span.status.message) writer.string(2, mask.text(span.status.message));
      writer.varint(3, span.status.code);
      writer.end(status);
    }
    writer.fixed32(16, 1 | parentKnown | (span.parent?.isRemote ? parentRemote : 0));
    writer.end(start);
  };
}
