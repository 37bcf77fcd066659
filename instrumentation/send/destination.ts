import type { ClientRequest } from 'node:http';
import { reason } from '../complain.ts';
import type { SealedSlot } from '../wire/shelf.ts';
import { clearTimeout, setTimeout } from './clock.ts';
import { lateAnswer } from './late-answer.ts';
import type { Pace } from './letter.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { Patience } from './patience.ts';
import type { Poster } from './post.ts';
import type { Turns } from './turns.ts';

export interface DestinationOptions {
  /** And port, of the other side. */
  readonly host: string;
  readonly poster: Poster;
  readonly pace: Pace;
  /** In which requests are made. */
  readonly turns: Turns;
  /** Requests in flight at once while it serves; one, while it fails. */
  readonly mostInFlight: number;
  /** Makes the body of one request. */
  pack(slots: readonly SealedSlot[]): Package;
  /** The destination is done with a slot; `lost`: how many of its items it did not take. */
  onDone(slot: SealedSlot, lost: number): void;
  /** Items went, or go, nowhere. */
  onTrouble(why: string): void;
}

export interface Package {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

interface Shipment extends Package {
  readonly slots: readonly SealedSlot[];
  attempts: number;
  /** While it is under way. */
  sent?: ClientRequest;
}

/**
 * What goes into one request, before compression: several slots, or one that is larger. More would hold the service's thread
 * for longer at a time.
 */
const shipmentBytes = 64 * 1024;
/** Of an answer that may be due to what was sent: about 75 s at the usual pace. */
const mostDoubtfulAttempts = 10;

/**
 * Delivers slots to one address, the earliest first: retried with a growing pause until they are taken or refused.
 * A package is made once and sent again as it is, so that a receiver can tell a repetition from something new.
 */
export class Destination {
  readonly #options: DestinationOptions;
  #queue: SealedSlot[] = [];
  #again: Shipment[] = [];
  readonly #underWay = new Set<Shipment>();
  #gone = false;
  #failures = 0;
  #tries = 0;
  #pause: NodeJS.Timeout | undefined;
  #goes = false;
  #flushes: (() => void)[] = [];

  constructor(options: DestinationOptions) {
    this.#options = options;
  }

  accept(slots: readonly SealedSlot[]): void {
    this.#queue.push(...slots);
    this.#goSoon();
  }

  get host(): string {
    return this.#options.host;
  }

  get isUntried(): boolean {
    return this.#tries === 0;
  }

  /** What was tried last did not arrive. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** Somebody else tried, and it did not arrive. */
  expectFailure(): void {
    this.#failures ||= 1;
  }

  /** The number of the last one, while any is under way. */
  get tryUnderWay(): number | undefined {
    return this.#underWay.size > 0 ? this.#tries : undefined;
  }

  /** One try now, whatever pause was on. Resolves when nothing is left, or when the try failed. */
  flush(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#flushes.push(resolve);
    this.#goSoon();
    return promise;
  }

  /**
   * The slots that somebody else has to go on with. Of what is under way answers are waited for, so that it is not sent
   * twice, with the `patience` there is, and not at all where the last try failed: those that are there are read.
   */
  letGo(patience: Patience): SealedSlot[] {
    const forAnswers = this.isFailing ? new Patience(0) : patience;
    this.#gone = true;
    clearTimeout(this.#pause);
    const left = [...this.#again];
    for (const shipment of this.#underWay) {
      const answer = shipment.sent && lateAnswer(shipment.sent, forAnswers);
      const outcome = answer && outcomeOf(answer, Date.now());
      if (!outcome || outcome.kind === 'later') left.push(shipment);
      else this.#settle(shipment, outcome);
    }
    this.#options.poster.close();
    return [...left.flatMap(({ slots }) => slots), ...this.#queue];
  }

  #goSoon(): void {
    if (this.#goes) return;
    this.#goes = true;
    this.#options.turns.take(() => {
      this.#goes = false;
      if (!this.#gone) this.#go();
    });
  }

  #go(): void {
    const shipment = this.#mayStart() ? (this.#again.shift() ?? this.#next()) : undefined;
    if (shipment) {
      this.#ship(shipment).catch((error) => this.#options.onTrouble(reason(error)));
      this.#goSoon();
    } else if (this.#underWay.size === 0) for (const resolve of this.#flushes.splice(0)) resolve();
  }

  #mayStart(): boolean {
    const most = this.#failures > 0 ? 1 : this.#options.mostInFlight;
    return this.#pause === undefined && this.#underWay.size < most;
  }

  #next(): Shipment | undefined {
    while (this.#queue.length > 0) {
      const slots = this.#queue.splice(0, countFor(this.#queue));
      try {
        return { ...this.#options.pack(slots), slots, attempts: 0 };
      } catch (error) {
        this.#giveUp(slots, `it cannot be read: ${error}`);
      }
    }
    return undefined;
  }

  async #ship(shipment: Shipment): Promise<void> {
    this.#underWay.add(shipment);
    shipment.attempts++;
    this.#tries++;
    const outcome = await this.#post(shipment);
    if (this.#gone) return;
    this.#underWay.delete(shipment);
    if (outcome.kind === 'later') this.#later(shipment, outcome);
    else {
      this.#failures = 0;
      this.#settle(shipment, outcome);
    }
    this.#goSoon();
  }

  #settle({ slots }: Shipment, outcome: Exclude<Outcome, { kind: 'later' }>): void {
    if (outcome.kind === 'refused') this.#giveUp(slots, outcome.why);
    else this.#deliver(slots, outcome.lost);
  }

  async #post(shipment: Shipment): Promise<Outcome> {
    const onSent = (sent: ClientRequest) => {
      shipment.sent = sent;
    };
    try {
      return outcomeOf(await this.#options.poster.post(shipment.body, shipment.headers, onSent), Date.now());
    } catch (error) {
      return { kind: 'later', why: reason(error), waitMs: undefined, doubtful: false };
    }
  }

  #later(shipment: Shipment, { why, waitMs, doubtful }: Outcome & { kind: 'later' }): void {
    this.#options.onTrouble(why);
    if (doubtful && shipment.attempts >= mostDoubtfulAttempts) this.#giveUp(shipment.slots, why);
    else this.#keep(shipment);
    // Of several in flight that fail, the first decides.
    if (this.#pause) return;
    this.#failures++;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#goSoon();
    }, this.#pauseMs(waitMs)).unref();
  }

  #pauseMs(askedMs: number | undefined): number {
    const { firstPauseMs, longestPauseMs, longestRetryAfterMs } = this.#options.pace;
    const growing = Math.min(longestPauseMs, firstPauseMs * 2 ** (this.#failures - 1));
    const jittered = growing * (0.8 + Math.random() * 0.4);
    return Math.max(jittered, Math.min(askedMs ?? 0, longestRetryAfterMs));
  }

  #keep(shipment: Shipment): void {
    this.#again.push(shipment);
    this.#again.sort((one, other) => (sequenceOf(one) - sequenceOf(other)) | 0);
  }

  #deliver(slots: readonly SealedSlot[], lost: number): void {
    if (lost > 0) this.#options.onTrouble(`${lost} items were not accepted`);
    let left = lost;
    for (const slot of slots) {
      const here = Math.min(left, slot.items);
      left -= here;
      this.#options.onDone(slot, here);
    }
  }

  #giveUp(slots: readonly SealedSlot[], why: string): void {
    this.#options.onTrouble(why);
    for (const slot of slots) this.#options.onDone(slot, slot.items);
  }
}

/** How many slots of `queue` go into the next package: one at least. */
function countFor(queue: readonly SealedSlot[]): number {
  let bytes = 0;
  const after = queue.findIndex((slot, index) => {
    bytes += slot.bytes.length;
    return index > 0 && bytes > shipmentBytes;
  });
  return after < 0 ? queue.length : after;
}

function sequenceOf({ slots: [first] }: Shipment): number {
  return first?.sequence ?? 0;
}
