import { type SealedSlot, type Shelf, type Signal, signals } from '../wire/shelf.ts';
import type { Destination } from './destination.ts';

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

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  add(signal: Signal, destination: Destination): void {
    this.#destinations.set(signal, [...this.#of(signal), destination]);
  }

  look(): void {
    this.#shelf.look();
    for (const signal of signals) {
      const slots = this.#shelf.sealed(signal, (index) => this.#claims.has(index));
      if (slots.length > 0) this.#hand(signal, slots);
    }
  }

  /** Everything that is sealed is tried once; resolves when each destination is empty or failed its try. */
  async flush(): Promise<void> {
    this.look();
    await Promise.all([...this.#destinations.values()].flat().map((destination) => destination.flush()));
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

  #of(signal: Signal): Destination[] {
    return this.#destinations.get(signal) ?? [];
  }
}
