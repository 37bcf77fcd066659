import { type Shelf, type Signal, slotBytes } from './shelf.ts';
import { Writer } from './writer.ts';

/** Writes one item into a slot; called again in a fresh slot when the first had no room. */
export type Encode<T> = (writer: Writer, item: T) => void;

/**
 * The service's side of the shelf: items of one signal and one kind, one after the other, put into a slot and sealed when
 * there are 64 KB of them or when `seal` is called. `prefix` stands at the start of every slot.
 */
export class Feed {
  readonly #shelf: Shelf;
  readonly signal: Signal;
  readonly #mostSlots: number;
  readonly #prefix: Uint8Array;
  readonly #onSealed: () => void;
  readonly #writer = new Writer();
  /**
   * Items are written here and not into the slot: V8 copies into memory that threads may share byte by byte (190 against
   * 30 ns for what the spans of a kind have in common), but 64 KB that begin on a page by words.
   */
  #page: Buffer | undefined;
  #slot: number | undefined;
  #items = 0;

  constructor(options: {
    shelf: Shelf;
    signal: Signal;
    mostSlots: number;
    prefix?: Uint8Array;
    /** A slot is ready to be sent. */
    onSealed: () => void;
  }) {
    this.#shelf = options.shelf;
    this.signal = options.signal;
    this.#mostSlots = options.mostSlots;
    this.#prefix = options.prefix ?? new Uint8Array();
    this.#onSealed = options.onSealed;
  }

  get waiting(): number {
    return this.#items;
  }

  /**
   * Counted as produced, and as dropped when there is no room for it or `encode` throws (which is passed on).
   * `count`: items that it stands for.
   */
  add<T>(encode: Encode<T>, item: T, count = 1): void {
    this.#shelf.countProduced(this.signal, count);
    let written = false;
    try {
      written = this.#write(encode, item) || this.#writeInNext(encode, item);
    } finally {
      if (written) this.#items += count;
      else this.#shelf.countDropped(this.signal, count);
    }
  }

  /** Hands what is there to the sender. */
  seal(): void {
    if (this.#slot === undefined || this.#page === undefined || this.#items === 0) return;
    this.#shelf.seal(this.#slot, this.#page.subarray(0, this.#writer.position), this.#items);
    this.#slot = undefined;
    this.#items = 0;
    this.#onSealed();
  }

  #writeInNext<T>(encode: Encode<T>, item: T): boolean {
    this.seal();
    return this.#write(encode, item);
  }

  #write<T>(encode: Encode<T>, item: T): boolean {
    if (this.#slot === undefined && !this.#open()) return false;
    const writer = this.#writer;
    const start = writer.position;
    let whole = false;
    try {
      encode(writer, item);
      whole = !writer.overflowed;
    } finally {
      // Half an item would make the whole slot unreadable.
      if (!whole) writer.rewind(start);
    }
    return whole;
  }

  #open(): boolean {
    this.#slot = this.#shelf.take(this.signal, this.#mostSlots);
    if (this.#slot === undefined) return false;
    this.#page ??= Buffer.allocUnsafeSlow(slotBytes);
    this.#writer.reset(this.#page);
    this.#writer.raw(this.#prefix);
    return true;
  }
}
