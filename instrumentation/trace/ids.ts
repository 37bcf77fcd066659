import { randomFillSync } from 'node:crypto';

const scratch = Buffer.allocUnsafeSlow(16);

/**
 * A trace id (16 bytes) or a span id (8 bytes), in words of 32 bits: as text it is needed for one span of a request, as
 * bytes for each. https://www.w3.org/TR/trace-context/#trace-id
 */
export class Id {
  /** Signed: V8 keeps such numbers without an object for each. */
  readonly words: readonly number[];
  #hex: string | undefined;

  constructor(words: readonly number[], hex?: string) {
    this.words = words;
    this.#hex = hex;
  }

  /** `hex`: 16 or 32 digits. */
  static parse(hex: string): Id {
    const words: number[] = [];
    for (let at = 0; at < hex.length; at += 8) words.push(Number.parseInt(hex.slice(at, at + 8), 16) | 0);
    return new Id(words, hex);
  }

  get hex(): string {
    if (this.#hex === undefined) {
      const { words } = this;
      for (let index = 0; index < words.length; index++)
        scratch.writeInt32BE(words[index] as number, index * 4);
      this.#hex = scratch.toString('hex', 0, words.length * 4);
    }
    return this.#hex;
  }
}

/** Random ids, from a store of random bytes: asking the system for each one costs more than a span. */
export class Ids {
  readonly #store = new Int32Array(2048);
  #at = this.#store.length;

  traceId(): Id {
    const id = [this.#word(), this.#word(), this.#word(), this.#word()];
    return (id[0] as number) | (id[1] as number) | (id[2] as number) | (id[3] as number)
      ? new Id(id)
      : this.traceId();
  }

  spanId(): Id {
    const high = this.#word();
    const low = this.#word();
    return (high | low) !== 0 ? new Id([high, low]) : this.spanId();
  }

  #word(): number {
    if (this.#at >= this.#store.length) {
      randomFillSync(this.#store);
      this.#at = 0;
    }
    return this.#store[this.#at++] as number;
  }
}
