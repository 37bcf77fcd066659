/**
 * Memory outside V8's heap, which threads can share: slots of 64 KB, each with items of one signal, encoded. Who records
 * takes a free slot, fills and seals it; the sender releases it once it is delivered or given up, without a copy of its own;
 * the thread that sends at the end finds what is left, and what was never needed was never touched
 * (the system gives memory to a page when it is first written).
 *
 *   free --take--> filling --seal--> sealed --release--> free
 *         (recording)                  (sending)
 */
export const signals = ['traces', 'metrics', 'logs'] as const;
export type Signal = (typeof signals)[number];

/** Of one signal, in items: spans, data points, lines. `produced = delivered + dropped` once nothing waits. */
export interface Counts {
  readonly produced: number;
  readonly delivered: number;
  /** No room, refused for good, or too late. */
  readonly dropped: number;
}

export interface SealedSlot {
  readonly index: number;
  readonly sequence: number;
  readonly items: number;
  /** The slot itself, not a copy: valid until it is released. */
  readonly bytes: Uint8Array;
}

export const slotBytes = 65_536;

const wordsPerSlot = 8;
const [stateWord, signalWord, bytesWord, itemsWord, sequenceWord] = [0, 1, 2, 3, 4];
const [free, filling, sealed] = [0, 1, 2];
const headerWords = 16;
/** Set by the sender to the number of the last flush it finished. */
const flushedWord = 0;
/** How many slots were sealed so far. */
const sealedWord = 1;
/** How many slots were released so far. */
const releasedWord = 2;
/** In one go, of what a flush is waited for. */
const waitMs = 50;
const wordBytes = 4;
const countBytes = 8;
/** Rows of `counts`: no two threads write to one at the same time. */
const [produced, delivered, droppedHere, droppedThere] = [0, 1, 2, 3];

export class Shelf {
  readonly memory: SharedArrayBuffer;
  readonly #slots: number;
  readonly #words: Int32Array;
  readonly #counts: Float64Array;
  readonly #dataAt: number;
  /** `releasedWord` when `take` last found nothing, by signal: until it changes there is no use in looking again. */
  readonly #fullSince = new Map<Signal, number>();

  /** A new shelf of `slots`, or the one in `memory`. */
  constructor(slots: number, memory = new SharedArrayBuffer(dataOffset(slots) + slots * slotBytes)) {
    this.memory = memory;
    this.#slots = slots;
    this.#words = new Int32Array(memory, 0, headerWords + slots * wordsPerSlot);
    this.#counts = new Float64Array(memory, countsOffset(slots), signals.length * 4);
    this.#dataAt = dataOffset(slots);
  }

  get slots(): number {
    return this.#slots;
  }

  /** Items of `signal` that are dropped when `take` finds nothing are the caller's to count. */
  take(signal: Signal, mostSlots: number): number | undefined {
    const released = Atomics.load(this.#words, releasedWord);
    if (this.#fullSince.get(signal) === released) return undefined;
    const wanted = signals.indexOf(signal);
    let found: number | undefined;
    let used = 0;
    for (let index = 0; index < this.#slots; index++) {
      const at = this.#wordsOf(index);
      if (Atomics.load(this.#words, at + stateWord) === free) found ??= index;
      else if (this.#words[at + signalWord] === wanted) used++;
    }
    if (found === undefined || used >= mostSlots) {
      this.#fullSince.set(signal, released);
      return undefined;
    }
    const at = this.#wordsOf(found);
    this.#words[at + signalWord] = wanted;
    Atomics.store(this.#words, at + stateWord, filling);
    return found;
  }

  #data(index: number): Buffer {
    return Buffer.from(this.memory, this.#dataAt + index * slotBytes, slotBytes);
  }

  /** @throws RangeError when there are more bytes than a slot has */
  seal(index: number, bytes: Uint8Array, items: number): void {
    this.#data(index).set(bytes);
    const at = this.#wordsOf(index);
    this.#words[at + bytesWord] = bytes.length;
    this.#words[at + itemsWord] = items;
    this.#words[at + sequenceWord] = Atomics.load(this.#words, sealedWord);
    Atomics.store(this.#words, at + stateWord, sealed);
    // Last, so that whoever reads the count finds every slot below it.
    Atomics.add(this.#words, sealedWord, 1);
  }

  /** Slots that were sealed and not released yet, of all signals. */
  get waitingSlots(): number {
    return (Atomics.load(this.#words, sealedWord) - Atomics.load(this.#words, releasedWord)) | 0;
  }

  /** Slots of `signal` that were sealed and not released yet. */
  waitingOf(signal: Signal): number {
    const wanted = signals.indexOf(signal);
    let waiting = 0;
    for (let index = 0; index < this.#slots; index++) {
      const at = this.#wordsOf(index);
      if (Atomics.load(this.#words, at + stateWord) === sealed && this.#words[at + signalWord] === wanted)
        waiting++;
    }
    return waiting;
  }

  /** In the order in which they were sealed; slots whose index `known` affirms are left out. */
  sealed(signal: Signal, known: (index: number) => boolean = () => false): SealedSlot[] {
    const wanted = signals.indexOf(signal);
    const before = Atomics.load(this.#words, sealedWord);
    const found: SealedSlot[] = [];
    for (let index = 0; index < this.#slots; index++) {
      const at = this.#wordsOf(index);
      if (Atomics.load(this.#words, at + stateWord) !== sealed || this.#words[at + signalWord] !== wanted)
        continue;
      const sequence = this.#words[at + sequenceWord] as number;
      // One that is sealed during the search waits for the next: an earlier one may have been passed already.
      if (known(index) || difference(sequence, before) >= 0) continue;
      const items = this.#words[at + itemsWord] as number;
      const bytes = this.#data(index).subarray(0, this.#words[at + bytesWord]);
      found.push({ index, sequence, items, bytes });
    }
    return found.sort((one, other) => difference(one.sequence, other.sequence));
  }

  /** `lost`: how many of its items were not delivered; all of them or none by the words for it. */
  release(signal: Signal, { index, items }: SealedSlot, lost: number | 'delivered' | 'dropped'): void {
    const row = signals.indexOf(signal) * 4;
    const state = this.#wordsOf(index) + stateWord;
    const counts = this.#counts;
    const words = this.#words;
    const gone = typeof lost === 'number' ? lost : lost === 'dropped' ? items : 0;
    // A thread can be ended wherever a function is entered: nothing is called between counting and releasing.
    counts[row + delivered] = (counts[row + delivered] as number) + items - gone;
    counts[row + droppedThere] = (counts[row + droppedThere] as number) + gone;
    Atomics.store(words, state, free);
    Atomics.add(words, releasedWord, 1);
  }

  countProduced(signal: Signal, items: number): void {
    this.#add(signal, produced, items);
  }

  /** Dropped where it was recorded; what sending drops is counted by `release`. */
  countDropped(signal: Signal, items: number): void {
    this.#add(signal, droppedHere, items);
  }

  counts(signal: Signal): Counts {
    const at = signals.indexOf(signal) * 4;
    const [made = 0, sent = 0, here = 0, there = 0] = this.#counts.subarray(at, at + 4);
    return { produced: made, delivered: sent, dropped: here + there };
  }

  /** Sender: flush `number` is done, as far as it can be. */
  tellFlushed(number: number): void {
    Atomics.store(this.#words, flushedWord, number);
    Atomics.notify(this.#words, flushedWord);
  }

  /**
   * Blocks the calling thread until the sender told of flush `number`, or for `forMs`. Waits are counted, and no clock is
   * asked: a service's tests may have stopped it, and while the whole machine stands still the sender does, too.
   */
  awaitFlushed(number: number, forMs: number): boolean {
    for (let leftMs = forMs; leftMs > 0; leftMs -= waitMs) {
      const last = Atomics.load(this.#words, flushedWord);
      if (last >= number) return true;
      Atomics.wait(this.#words, flushedWord, last, Math.min(waitMs, leftMs));
    }
    return Atomics.load(this.#words, flushedWord) >= number;
  }

  #wordsOf(index: number): number {
    return headerWords + index * wordsPerSlot;
  }

  #add(signal: Signal, row: number, items: number): void {
    const at = signals.indexOf(signal) * 4 + row;
    this.#counts[at] = (this.#counts[at] as number) + items;
  }
}

/** Of two counts that go round at 2^32. */
function difference(one: number, other: number): number {
  return (one - other) | 0;
}

function countsOffset(slots: number): number {
  return (headerWords + slots * wordsPerSlot) * wordBytes;
}

/** Slots begin on a page, so that an unused one costs none. */
function dataOffset(slots: number): number {
  const end = countsOffset(slots) + signals.length * 4 * countBytes;
  return Math.ceil(end / 4096) * 4096;
}
