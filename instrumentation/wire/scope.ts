import { Writer } from './writer.ts';

/** What a slot of spans or metrics begins with: the length of the scope (u16), and the `InstrumentationScope`. */
export function scopePrefix(name: string, version: string): Uint8Array {
  const memory = Buffer.alloc(2 + 512);
  const writer = new Writer();
  writer.reset(memory.subarray(2));
  writer.string(1, name.slice(0, 100));
  if (version) writer.string(2, version.slice(0, 50));
  memory.writeUInt16LE(writer.position, 0);
  return memory.subarray(0, 2 + writer.position);
}
