/** Looks at each field that holds bytes (a message, a text): its number, and where its content lies. */
type Visit = (field: number, from: number, to: number) => void;

/** Walks over one message without decoding it. https://protobuf.dev/programming-guides/encoding/ */
export function eachField(bytes: Uint8Array, from: number, to: number, visit: Visit): void {
  let at = from;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < to) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else if (wireType === 2) {
      const length = varint();
      visit(Math.floor(tag / 8), at, at + length);
      at += length;
    } else throw new Error(`expected wire type 0, 1, 2 or 5 at byte ${at}, got ${wireType}`);
  }
}

/** How many messages lie at the end of a path of field numbers; each step is the numbers that lead on. */
export function countAt(
  bytes: Uint8Array,
  path: readonly (readonly number[])[],
  from = 0,
  to = bytes.length,
): number {
  const [step, ...rest] = path;
  let count = 0;
  eachField(bytes, from, to, (field, start, end) => {
    if (!step!.includes(field)) return;
    count += rest.length === 0 ? 1 : countAt(bytes, rest, start, end);
  });
  return count;
}
