/** A longer line is cut: it has to fit into one slot. */
const longestLineBytes = 60_000;

/**
 * Writes protobuf into memory of a fixed size (https://protobuf.dev/programming-guides/encoding/). Nothing is measured
 * beforehand: the length of a nested message is filled in afterwards, in three bytes that were kept free for it, which
 * every decoder reads though a shorter form may exist. What does not fit is not written and sets `overflowed`.
 */
export class Writer {
  position = 0;
  overflowed = false;
  #to: Buffer = Buffer.alloc(0);

  /** Goes on at the start of `to`. */
  reset(to: Buffer): void {
    this.#to = to;
    this.position = 0;
    this.overflowed = false;
  }

  rewind(position: number): void {
    this.position = position;
    this.overflowed = false;
  }

  /** Starts the nested message `field`; hand what it returns to `end`. */
  begin(field: number): number {
    this.#tag(field, 2);
    this.position += 3;
    return this.position;
  }

  end(start: number): void {
    if (!this.#fits(0)) return;
    const length = this.position - start;
    const to = this.#to;
    to[start - 3] = (length & 0x7f) | 0x80;
    to[start - 2] = ((length >>> 7) & 0x7f) | 0x80;
    to[start - 1] = (length >>> 14) & 0x7f;
  }

  /** Unsigned, below 2^53. */
  varint(field: number, value: number): void {
    this.#tag(field, 0);
    this.#varint(value);
  }

  /** `int64`, also negative: ten bytes then. */
  int64(field: number, value: number): void {
    this.#tag(field, 0);
    if (value >= 0) {
      this.#varint(value);
      return;
    }
    if (!this.#fits(10)) return;
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.#to[this.position++] = Number(rest & 0x7fn) | 0x80;
    this.#to[this.position++] = Number(rest);
  }

  double(field: number, value: number): void {
    this.#tag(field, 1);
    if (!this.#fits(8)) return;
    this.#to.writeDoubleLE(value, this.position);
    this.position += 8;
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, 5);
    if (!this.#fits(4)) return;
    this.#to.writeUInt32LE(value, this.position);
    this.position += 4;
  }

  /** `fixed64` or `sfixed64` of an integer from 0 to 2^53. */
  fixed64(field: number, value: number): void {
    this.#tag(field, 1);
    if (!this.#fits(8)) return;
    this.#to.writeUInt32LE(value >>> 0, this.position);
    this.#to.writeUInt32LE(Math.floor(value / 2 ** 32), this.position + 4);
    this.position += 8;
  }

  /** Epoch milliseconds with a fraction, as `fixed64` nanoseconds (which exceed 2^53); 0 for a time before 1970. */
  nanoseconds(field: number, atMs: number): void {
    this.#tag(field, 1);
    if (!this.#fits(8)) return;
    const ms = atMs > 0 ? atMs : 0;
    const wholeMs = Math.floor(ms);
    // In two halves, since the product exceeds 2^53: the lower half of it stays below.
    const upper = Math.floor(wholeMs / 2 ** 32);
    const low = (wholeMs % 2 ** 32) * 1e6 + Math.round((ms - wholeMs) * 1e6);
    this.#to.writeUInt32LE(low % 2 ** 32, this.position);
    this.#to.writeUInt32LE(upper * 1e6 + Math.floor(low / 2 ** 32), this.position + 4);
    this.position += 8;
  }

  /** Bytes, from words of 32 bits, the first byte being the highest of the first word. */
  words(field: number, words: readonly number[]): void {
    this.#tag(field, 2);
    const bytes = words.length * 4;
    if (!this.#fits(bytes + 1)) return;
    const to = this.#to;
    let at = this.position;
    to[at++] = bytes;
    for (let index = 0; index < words.length; index++) {
      const word = words[index] as number;
      to[at++] = word >>> 24;
      to[at++] = (word >>> 16) & 0xff;
      to[at++] = (word >>> 8) & 0xff;
      to[at++] = word & 0xff;
    }
    this.position = at;
  }

  hex(field: number, text: string): void {
    this.#tag(field, 2);
    const bytes = text.length / 2;
    if (!this.#fits(bytes + 1)) return;
    this.#to[this.position++] = bytes;
    this.#to.write(text, this.position, bytes, 'hex');
    this.position += bytes;
  }

  string(field: number, text: string): void {
    this.#tag(field, 2);
    const length = text.length;
    if (length < 64 && this.#ascii(text)) return;
    const room = length * 3;
    // The most it can take would not fit: ask how much it really takes.
    if (this.position + 3 + room > this.#to.length && !this.#fits(3 + Buffer.byteLength(text))) return;
    const start = this.position + 3;
    this.position = start + this.#to.write(text, start, 'utf8');
    this.end(start);
  }

  /** Not protobuf: length (u32), time (f64), text, as a log line stands in a slot, without the line break. A text that is too long is cut. */
  line(atMs: number, text: string): void {
    if (!this.#fits(12)) return;
    const start = this.position + 12;
    const room = this.#to.length - start;
    if (text.length * 3 > room && Math.min(Buffer.byteLength(text), longestLineBytes) > room) {
      this.overflowed = true;
      return;
    }
    let bytes = this.#to.write(text, start, Math.min(room, longestLineBytes), 'utf8');
    if (this.#to[start + bytes - 1] === 0x0a) bytes--;
    if (this.#to[start + bytes - 1] === 0x0d) bytes--;
    this.#to.writeUInt32LE(bytes, this.position);
    this.#to.writeDoubleLE(atMs, this.position + 4);
    this.position = start + bytes;
  }

  /** Bytes that are protobuf already, tags included. */
  raw(bytes: Uint8Array): void {
    if (!this.#fits(bytes.length)) return;
    this.#to.set(bytes, this.position);
    this.position += bytes.length;
  }

  /** A short text of one byte each needs neither a call into the runtime nor more than one byte of length. */
  #ascii(text: string): boolean {
    const length = text.length;
    if (!this.#fits(length + 1)) return true;
    const to = this.#to;
    const start = this.position + 1;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      to[start + index] = code;
    }
    to[this.position] = length;
    this.position = start + length;
    return true;
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #varint(value: number): void {
    if (!this.#fits(8)) return;
    const to = this.#to;
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) to[this.position++] = (rest % 128) | 0x80;
    to[this.position++] = rest;
  }

  #fits(bytes: number): boolean {
    if (!this.overflowed && this.position + bytes <= this.#to.length) return true;
    this.overflowed = true;
    return false;
  }
}
