import { randomFillSync } from 'node:crypto';

const traceBytes = 16;
const spanBytes = 8;

/** Random trace and span ids, from a store of random bytes: asking the system for each one costs more than a span. */
export class Ids {
  readonly #store = Buffer.allocUnsafeSlow(8192);
  #at = this.#store.length;

  /** 32 hex digits, not all 0: https://www.w3.org/TR/trace-context/#trace-id */
  traceId(): string {
    return this.#take(traceBytes) || this.traceId();
  }

  /** 16 hex digits, not all 0. */
  spanId(): string {
    return this.#take(spanBytes) || this.spanId();
  }

  #take(bytes: number): string {
    if (this.#at + bytes > this.#store.length) {
      randomFillSync(this.#store);
      this.#at = 0;
    }
    const text = this.#store.toString('hex', this.#at, this.#at + bytes);
    this.#at += bytes;
    return /[^0]/.test(text) ? text : '';
  }
}
