/** Reads the shape of a MessagePack text and skips the rest. https://github.com/msgpack/msgpack/blob/master/spec.md */
export class MsgpackReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The length of the array that begins here. @throws Error when it is no array. */
  array(): number {
    const byte = this.#bytes[this.#at++]!;
    if (byte >> 4 === 0x9) return byte & 0x0f;
    if (byte === 0xdc) return this.#number(2);
    if (byte === 0xdd) return this.#number(4);
    throw new Error(`expected an array at byte ${this.#at - 1}, got 0x${byte.toString(16)}`);
  }

  /** Passes `values` values, whatever they are. */
  skip(values: number): void {
    for (let left = values; left > 0; left--) left += this.#skipOne();
  }

  /** How many more values belong to the one that was begun: the content of an array or a map. */
  #skipOne(): number {
    const byte = this.#bytes[this.#at++]!;
    if (byte < 0x80 || byte >= 0xe0) return 0;
    if (byte < 0x90) return (byte & 0x0f) * 2;
    if (byte < 0xa0) return byte & 0x0f;
    if (byte < 0xc0) return this.#pass(byte & 0x1f);
    switch (byte) {
      case 0xc4:
      case 0xd9:
        return this.#pass(this.#number(1));
      case 0xc5:
      case 0xda:
        return this.#pass(this.#number(2));
      case 0xc6:
      case 0xdb:
        return this.#pass(this.#number(4));
      case 0xcc:
      case 0xd0:
        return this.#pass(1);
      case 0xcd:
      case 0xd1:
        return this.#pass(2);
      case 0xca:
      case 0xce:
      case 0xd2:
        return this.#pass(4);
      case 0xcb:
      case 0xcf:
      case 0xd3:
        return this.#pass(8);
      case 0xdc:
        return this.#number(2);
      case 0xdd:
        return this.#number(4);
      case 0xde:
        return this.#number(2) * 2;
      case 0xdf:
        return this.#number(4) * 2;
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return 0;
      default:
        return this.#extension(byte);
    }
  }

  /** fixext 1, 2, 4, 8, 16 are 0xd4 to 0xd8; ext 8, 16, 32 are 0xc7 to 0xc9; each has a byte for its type. */
  #extension(byte: number): number {
    if (byte >= 0xd4 && byte <= 0xd8) return this.#pass(1 + 2 ** (byte - 0xd4));
    if (byte >= 0xc7 && byte <= 0xc9) return this.#pass(1 + this.#number(2 ** (byte - 0xc7)));
    throw new Error(`0x${byte.toString(16)} at byte ${this.#at - 1} begins nothing in MessagePack`);
  }

  #pass(bytes: number): 0 {
    this.#at += bytes;
    return 0;
  }

  #number(bytes: number): number {
    const value = this.#bytes.readUIntBE(this.#at, bytes);
    this.#at += bytes;
    return value;
  }
}

/** Spans of a payload of `/v0.4/traces`: an array of traces, each an array of spans. */
export function countSpans(body: Buffer): number {
  const reader = new MsgpackReader(body);
  let count = 0;
  for (let traces = reader.array(); traces > 0; traces--) {
    const spans = reader.array();
    reader.skip(spans);
    count += spans;
  }
  return count;
}
