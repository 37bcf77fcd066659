import type { Mask } from '../mask/mask.ts';
import { writeAttribute } from './attributes.ts';
import { Writer } from './writer.ts';

/**
 * The encoded `Resource`: who tells all this.
 * https://opentelemetry.io/docs/specs/semconv/resource/
 */
export function encodeResource(
  attributes: Readonly<Record<string, string | number | string[]>>,
  mask: Mask,
): Uint8Array {
  const memory = Buffer.alloc(16_384);
  const writer = new Writer();
  writer.reset(memory);
  for (const [key, value] of Object.entries(attributes)) {
    const start = writer.position;
    writeAttribute(writer, 1, key, value, mask);
    if (writer.overflowed) writer.rewind(start);
  }
  return memory.subarray(0, writer.position);
}
