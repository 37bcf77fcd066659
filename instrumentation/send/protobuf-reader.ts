/** Reads protobuf (https://protobuf.dev/programming-guides/encoding/). Everything throws RangeError at a cut-off end. */
export class Reader {
  position: number;
  readonly end: number;
  readonly #from: Buffer;

  constructor(from: Buffer, position = 0, end = from.length) {
    this.#from = from;
    this.position = position;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  /** Field number times 8, plus the wire type. */
  tag(): number {
    return this.varint();
  }

  /** Exact below 2^53. */
  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  /** `int64`: two's complement in up to ten bytes. */
  int64(): string {
    const start = this.position;
    const value = this.varint();
    if (this.position - start <= 7) return String(value);
    this.position = start;
    let exact = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      exact |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, exact).toString();
    }
  }

  fixed32(): number {
    return this.#from.readUInt32LE(this.#pass(4));
  }

  fixed64(): string {
    return this.#from.readBigUInt64LE(this.#pass(8)).toString();
  }

  sfixed64(): string {
    return this.#from.readBigInt64LE(this.#pass(8)).toString();
  }

  double(): number {
    return this.#from.readDoubleLE(this.#pass(8));
  }

  text(encoding: BufferEncoding): string {
    const length = this.varint();
    const start = this.#pass(length);
    return this.#from.toString(encoding, start, start + length);
  }

  /** Goes past a nested message and returns a reader of it. */
  message(): Reader {
    const length = this.varint();
    const start = this.#pass(length);
    return new Reader(this.#from, start, start + length);
  }

  /** Goes past the value of a field of no interest. */
  skip(tag: number): void {
    const type = tag & 7;
    if (type === 0) this.varint();
    else if (type === 1) this.#pass(8);
    else if (type === 2) this.message();
    else if (type === 5) this.#pass(4);
    else throw new RangeError(`Expected the wire type 0, 1, 2 or 5, but got ${type} at ${this.position}.`);
  }

  #byte(): number {
    return this.#from[this.#pass(1)] as number;
  }

  #pass(bytes: number): number {
    const start = this.position;
    this.position += bytes;
    if (this.position > this.end)
      throw new RangeError(`Expected ${bytes} bytes at ${start}, but it ends at ${this.end}.`);
    return start;
  }
}
