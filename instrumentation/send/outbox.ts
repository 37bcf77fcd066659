import { type SealedSlot, type Shelf, type Signal, signals } from '../wire/shelf.ts';
import type { Destination } from './destination.ts';
import type { Handover } from './letter.ts';
import type { Patience } from './patience.ts';

/** A slot that destinations are at work on. */
interface Claim {
  readonly signal: Signal;
  destinations: number;
  lost: number;
}

/**
 * Hands sealed slots to the destinations of their signal, and releases a slot when all of them are done with it. Delivered
 * means delivered to every destination that the signal has; items that two destinations lost count as lost by either, up
 * to all that the slot has.
 */
export class Outbox {
  readonly #shelf: Shelf;
  readonly #destinations = new Map<Signal, Destination[]>();
  readonly #claims = new Map<number, Claim>();
  /** Destinations whose flush ended without them, and the try that it waited for. */
  readonly #inVain = new Map<Destination, number | undefined>();

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  add(signal: Signal, destination: Destination): void {
    this.#destinations.set(signal, [...this.#of(signal), destination]);
  }

  /** Takes what was sealed. */
  look(): void {
    for (const signal of signals) {
      const slots = this.#shelf.sealed(signal, (index) => this.#claims.has(index));
      if (slots.length > 0) this.#hand(signal, slots);
    }
  }

  /**
   * Everything that is sealed is tried once; resolves when each destination is empty or failed its try, of those that
   * failed before after `hopelessMs` at the latest, which no try gets twice.
   */
  async flush(hopelessMs: number): Promise<void> {
    this.look();
    const { promise, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(resolve, hopelessMs, 'late');
    await Promise.all(this.#all.map((it) => this.#flush(it, promise)));
    clearTimeout(timer);
  }

  /** What is not done is somebody else's from here on, who takes it over. Blocks as long as `patience` has it, at most. */
  letGo(patience: Patience): Handover {
    const due = this.#all.map((it) => new Set(it.letGo(patience).map(({ index }) => index)));
    // Metrics, which go once a minute, may come to a collector first that spans did not reach.
    const failed = new Set(this.#all.filter(({ isFailing }) => isFailing).map(({ host }) => host));
    const failing = numbersOf(this.#all, (it) => it.isFailing || (it.isUntried && failed.has(it.host)));
    const slots = Array.from(this.#claims, ([slot, { lost }]) => {
      return { slot, lost, destinations: numbersOf(due, (it) => it.has(slot)) };
    });
    this.#destinations.clear();
    this.#claims.clear();
    return { slots, failing };
  }

  /** Goes on where another outbox, with the same destinations, had to stop. */
  takeOver({ slots, failing }: Handover): void {
    const known = new Map(slots.map((it) => [it.slot, it]));
    const all = this.#all;
    for (const number of failing) all[number]?.expectFailure();
    for (const signal of signals)
      for (const slot of this.#shelf.sealed(signal)) {
        const { lost, destinations } = known.get(slot.index) ?? { lost: 0, destinations: [] };
        if (destinations.length === 0) continue;
        this.#claims.set(slot.index, { signal, destinations: destinations.length, lost });
        for (const number of destinations) all[number]?.accept([slot]);
      }
  }

  done(slot: SealedSlot, lost: number): void {
    const claim = this.#claims.get(slot.index);
    if (!claim) return;
    claim.lost += lost;
    claim.destinations--;
    if (claim.destinations > 0) return;
    this.#claims.delete(slot.index);
    this.#shelf.release(claim.signal, slot, Math.min(claim.lost, slot.items));
  }

  async #flush(destination: Destination, late: Promise<'late'>): Promise<void> {
    const tried = destination.flush();
    if (!destination.isFailing) return tried;
    const { tryUnderWay } = destination;
    if (tryUnderWay !== undefined && this.#inVain.get(destination) === tryUnderWay) return;
    if ((await Promise.race([tried, late])) === 'late')
      this.#inVain.set(destination, destination.tryUnderWay);
  }

  #hand(signal: Signal, slots: readonly SealedSlot[]): void {
    const destinations = this.#of(signal);
    if (destinations.length === 0) {
      for (const slot of slots) this.#shelf.release(signal, slot, 'dropped');
      return;
    }
    for (const { index } of slots)
      this.#claims.set(index, { signal, destinations: destinations.length, lost: 0 });
    for (const destination of destinations) destination.accept(slots);
  }

  /** In an order that depends on the settings alone. */
  get #all(): readonly Destination[] {
    return signals.flatMap((signal) => this.#of(signal));
  }

  #of(signal: Signal): Destination[] {
    return this.#destinations.get(signal) ?? [];
  }
}

function numbersOf<T>(all: readonly T[], holds: (one: T) => boolean): number[] {
  return all.flatMap((one, number) => (holds(one) ? [number] : []));
}
