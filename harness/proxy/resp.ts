/**
 * A scanner for RESP2 and RESP3 (https://redis.io/docs/latest/develop/reference/protocol-spec/) that looks at
 * chunks as they pass, wherever they are cut. It keeps numbers, never the bytes it saw: the body of a bulk is
 * skipped, and only as much of it as the visitor asks for is copied, when it is spread over chunks.
 *
 *     TYPE ──▶ NUMBER ──▶ LF ──▶ BODY ──▶ CR ──▶ LF     (bulks)
 *        │                  └──▶ TYPE of the first child (aggregates)
 *        ├──▶ LINE                                      (status, errors, null, doubles …)
 *        └──▶ INLINE                                    (requests typed by hand)
 *
 * Streamed aggregates (`*?`) are in the specification, but no Redis sends them: they are a failure here.
 */
export type RespKind = 'status' | 'error' | 'integer' | 'bulk' | 'array' | 'map' | 'push' | 'null' | 'other';

export interface RespVisitor {
  /**
   * A value begins: `size` is the number itself for an integer, the length of a bulk, the number of elements
   * (pairs, for a map). Attributes and what is in them are not shown. Returns how many bytes of a bulk to hand
   * to `bytes`; 0 skips it.
   */
  head(kind: RespKind, size: number, depth: number, index: number): number;
  /** What was asked for; only valid during the call. */
  bytes(bytes: Buffer): void;
  /** A value at depth 0 is complete. */
  end(): void;
  /** An inline request: its line without the line break. Without this method they are a failure. */
  inline?(line: Buffer): void;
}

/** What passed was not RESP; the message says where it went wrong. */
export class RespError extends Error {
  override name = 'RespError';
}

type Syntax = 'line' | 'integer' | 'body' | 'children' | 'attribute';
const types: Readonly<Record<string, readonly [RespKind, Syntax]>> = {
  '+': ['status', 'line'],
  '-': ['error', 'line'],
  ':': ['integer', 'integer'],
  $: ['bulk', 'body'],
  '*': ['array', 'children'],
  _: ['null', 'line'],
  '#': ['other', 'line'],
  ',': ['other', 'line'],
  '(': ['other', 'line'],
  '!': ['error', 'body'],
  '=': ['bulk', 'body'],
  '%': ['map', 'children'],
  '~': ['array', 'children'],
  '>': ['push', 'children'],
  '|': ['map', 'attribute'],
};
const typeOfByte = Array.from({ length: 256 }, (_, byte) => types[String.fromCharCode(byte)]);

const CR = 13;
const LF = 10;
const star = 42;
const minus = 45;
const zero = 48;
/** Deeper than any reply but a hostile one. */
const maxDepth = 256;
/** Redis refuses longer ones too (`PROTO_INLINE_MAX_SIZE`). */
const maxInlineBytes = 64 * 1024;
const empty = Buffer.alloc(0);

interface Frame {
  left: number;
  index: number;
  readonly attribute: boolean;
}

type State = 'type' | 'number' | 'number-lf' | 'line' | 'body' | 'cr' | 'lf' | 'inline';

export class RespScanner {
  readonly #visitor: RespVisitor;
  #state: State = 'type';
  #kind: RespKind = 'null';
  #syntax: Syntax = 'line';
  #number = 0;
  #digits = 0;
  #negative = false;
  /** Bytes of the body that are still to come, and of those the ones that were asked for. */
  #bodyLeft = 0;
  #wantedLeft = 0;
  /** Pieces of what was asked for (or of an inline request) that came in earlier chunks. */
  #pieces: Buffer[] = [];
  #piecesBytes = 0;
  readonly #frames: Frame[] = [];
  #attributes = 0;

  constructor(visitor: RespVisitor) {
    this.#visitor = visitor;
  }

  /** @throws RespError when this is not RESP; the scanner is of no use afterwards. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) at = this.#step(chunk, at);
  }

  #step(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case 'type':
        return this.#readType(chunk, at);
      case 'number':
        return this.#readNumber(chunk, at);
      case 'number-lf':
        this.#expect(chunk, at, LF);
        this.#numberRead();
        return at + 1;
      case 'line':
        return this.#readLine(chunk, at);
      case 'body':
        return this.#readBody(chunk, at);
      case 'cr':
        this.#expect(chunk, at, CR);
        this.#state = 'lf';
        return at + 1;
      case 'lf':
        this.#expect(chunk, at, LF);
        this.#complete();
        return at + 1;
      case 'inline':
        return this.#readInline(chunk, at);
    }
  }

  #readType(chunk: Buffer, at: number): number {
    const byte = chunk[at]!;
    if (byte !== star && this.#frames.length === 0 && this.#visitor.inline) {
      this.#state = 'inline';
      return at;
    }
    const type = typeOfByte[byte];
    if (!type) throw new RespError(`expected the type of a RESP value, got byte ${byte}`);
    [this.#kind, this.#syntax] = type;
    this.#number = 0;
    this.#digits = 0;
    this.#negative = false;
    this.#state = this.#syntax === 'line' ? 'line' : 'number';
    return at + 1;
  }

  #readNumber(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte >= zero && byte <= zero + 9) {
        this.#number = this.#number * 10 + (byte - zero);
        this.#digits++;
      } else if (byte === minus && this.#digits === 0 && !this.#negative) {
        this.#negative = true;
      } else if (byte === CR && this.#digits > 0) {
        this.#state = 'number-lf';
        return at + 1;
      } else {
        throw new RespError(`expected a number after the type of a RESP value, got byte ${byte}`);
      }
    }
    return chunk.length;
  }

  #numberRead(): void {
    const number = this.#negative ? -this.#number : this.#number;
    if (this.#syntax === 'integer') {
      this.#head(this.#kind, number);
      this.#complete();
    } else if (number === -1) {
      this.#head('null', 0);
      this.#complete();
    } else if (number < 0 || number > Number.MAX_SAFE_INTEGER) {
      throw new RespError(`${number} is no length`);
    } else if (this.#syntax === 'body') {
      this.#beginBody(number);
    } else {
      this.#beginChildren(number);
    }
  }

  #beginBody(length: number): void {
    const asked = this.#head(this.#kind, length);
    this.#bodyLeft = length;
    this.#wantedLeft = Math.min(asked, length);
    if (asked > 0 && length === 0) this.#visitor.bytes(empty);
    this.#state = length === 0 ? 'cr' : 'body';
  }

  #beginChildren(size: number): void {
    const attribute = this.#syntax === 'attribute';
    const children = this.#kind === 'map' ? size * 2 : size;
    if (!attribute) this.#head(this.#kind, size);
    if (children > 0) {
      if (this.#frames.length >= maxDepth) throw new RespError(`nested deeper than ${maxDepth}`);
      this.#frames.push({ left: children, index: 0, attribute });
      if (attribute) this.#attributes++;
      this.#state = 'type';
    } else if (attribute) {
      this.#state = 'type';
    } else {
      this.#complete();
    }
  }

  #readLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(LF, at);
    if (end < 0) return chunk.length;
    this.#head(this.#kind, 0);
    this.#complete();
    return end + 1;
  }

  #readBody(chunk: Buffer, at: number): number {
    const taken = Math.min(this.#bodyLeft, chunk.length - at);
    if (this.#wantedLeft > 0) this.#keep(chunk.subarray(at, at + Math.min(taken, this.#wantedLeft)));
    this.#bodyLeft -= taken;
    if (this.#bodyLeft === 0) this.#state = 'cr';
    return at + taken;
  }

  #keep(piece: Buffer): void {
    this.#wantedLeft -= piece.length;
    if (this.#wantedLeft === 0) this.#visitor.bytes(this.#joined(piece));
    else this.#setAside(piece);
  }

  #readInline(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(LF, at);
    const piece = chunk.subarray(at, end < 0 ? chunk.length : end);
    if (this.#piecesBytes + piece.length > maxInlineBytes) {
      throw new RespError(`an inline request is longer than ${maxInlineBytes} bytes`);
    }
    if (end < 0) {
      this.#setAside(piece);
      return chunk.length;
    }
    this.#state = 'type';
    this.#visitor.inline?.(this.#joined(piece));
    return end + 1;
  }

  /** Copied, because the chunk belongs to the traffic. */
  #setAside(piece: Buffer): void {
    this.#pieces.push(Buffer.from(piece));
    this.#piecesBytes += piece.length;
  }

  #joined(last: Buffer): Buffer {
    if (this.#piecesBytes === 0) return last;
    const all = Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    this.#piecesBytes = 0;
    return all;
  }

  #head(kind: RespKind, size: number): number {
    if (this.#attributes > 0) return 0;
    const depth = this.#frames.length;
    return this.#visitor.head(kind, size, depth, depth === 0 ? 0 : this.#frames[depth - 1]!.index);
  }

  /** A value is complete, and with it every aggregate whose last element it is. */
  #complete(): void {
    this.#state = 'type';
    for (let frame = this.#frames.at(-1); frame; frame = this.#frames.at(-1)) {
      frame.index++;
      if (--frame.left > 0) return;
      this.#frames.pop();
      if (frame.attribute) {
        // The value that the attribute describes follows, and is the one its parent counts.
        this.#attributes--;
        return;
      }
    }
    this.#visitor.end();
  }

  #expect(chunk: Buffer, at: number, byte: number): void {
    if (chunk[at] !== byte) throw new RespError(`expected byte ${byte}, got byte ${chunk[at]}`);
  }
}
