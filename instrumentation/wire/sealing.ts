import type { Feed } from './feed.ts';
import { type Shelf, signals } from './shelf.ts';

/** Of the shelf: when so much of a signal waits, its receiver is away, and room matters more than time. */
const mostWaitingShare = 1 / 8;
/** One receiver may be away while another takes the same lines: so often they are sealed all the same. */
const ticksAnyway = 10;

/**
 * Hands what the feeds have to the sender, at each tick. During an outage slots are sealed when they are full instead,
 * and now and then: the shelf would fill with slots that are nearly empty.
 */
export class Sealing {
  readonly #shelf: Shelf;
  readonly #feeds: readonly Feed[];
  #ticks = 0;

  /** `feeds`: also those that are added later. */
  constructor(shelf: Shelf, feeds: readonly Feed[]) {
    this.#shelf = shelf;
    this.#feeds = feeds;
  }

  tick(): void {
    this.#ticks++;
    const anyway = this.#ticks % ticksAnyway === 0;
    const most = this.#shelf.slots * mostWaitingShare;
    // Once for all feeds of a signal: what the first of them seals says nothing of the receiver.
    const away = new Set(anyway ? [] : signals.filter((signal) => this.#shelf.waitingOf(signal) >= most));
    for (const feed of this.#feeds) if (!away.has(feed.signal)) feed.seal();
  }
}
