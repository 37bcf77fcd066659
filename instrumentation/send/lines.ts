/** A log line as it stands in a slot (see letter.ts). */
export interface RawLine {
  readonly atMs: number;
  readonly text: string;
}

const headerBytes = 12;

/** @throws RangeError when the slot is cut off in the middle of a line. */
export function* linesOf(slot: Uint8Array): Generator<RawLine> {
  const bytes = Buffer.from(slot.buffer, slot.byteOffset, slot.length);
  for (let position = 0; position < bytes.length; ) {
    const length = bytes.readUInt32LE(position);
    const atMs = bytes.readDoubleLE(position + 4);
    const start = position + headerBytes;
    position = start + length;
    if (position > bytes.length)
      throw new RangeError(
        `Expected a line of ${length} bytes at ${start}, but the slot ends at ${bytes.length}.`,
      );
    yield { atMs, text: bytes.toString('utf8', start, position) };
  }
}
