import { AsyncLocalStorage } from 'node:async_hooks';
import { harmless } from '../harmless.ts';
import { Shelf, signals } from '../wire/shelf.ts';
import { setImmediate } from './clock.ts';
import { LastTry } from './last-try.ts';
import { nothingBegun, type SenderSettings } from './letter.ts';
import { lineShape } from './line-shape.ts';
import { openDestinations } from './open-destinations.ts';
import { Outbox } from './outbox.ts';
import { Patience } from './patience.ts';
import type { startWorker } from './start-worker.ts';

export interface SenderHost {
  /** A sentence for whoever runs the service (see complain.ts). */
  tell(text: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Starts the thread of the last try. */
  readonly start?: typeof startWorker;
}

/** Of the time for the last try: how long the answers to what is under way may take. */
const answersShare = 1 / 3;

/**
 * Sends what was sealed, in the service's thread: between its turns, in no request's context, and without keeping the
 * process alive. At the end, when nothing asynchronous happens here any more, a thread takes over (last-try.ts).
 * Nothing here throws or, but for `flush`, waits.
 */
export class Sender implements AsyncDisposable {
  readonly #settings: SenderSettings;
  readonly #host: SenderHost;
  readonly #shelf: Shelf;
  /** What begins in a request would keep that request's data, and be taken for a part of it. */
  readonly #inNoRequest = AsyncLocalStorage.snapshot();
  /** Until it was let go. */
  #outbox: Outbox | undefined;
  #lastTry: LastTry | undefined;
  #comesBack = false;

  constructor(settings: SenderSettings, host: SenderHost) {
    this.#settings = settings;
    this.#host = host;
    this.#shelf = new Shelf(settings.slots, settings.memory);
    // Now, before the service or anybody can put things of theirs in the place of Node's.
    if (signals.some((signal) => settings[signal]) || settings.loki) this.#outbox = this.#open();
  }

  /** A slot was sealed: it is sent soon. Cheap. */
  sealed(): void {
    if (!this.#outbox) this.#goOn();
    if (!this.#outbox || this.#comesBack) return;
    this.#comesBack = true;
    this.#inNoRequest(() => setImmediate(() => this.#look()));
  }

  /**
   * Blocks until everything sealed was tried once, at most `forMs`. True when it was; what could not be delivered is then
   * still on the shelf.
   */
  flush(forMs: number): boolean {
    if (this.#shelf.waitingSlots === 0) return true;
    // The thread starts while this one waits for answers.
    this.#lastTry ??= new LastTry(this.#settings, this.#shelf, this.#host);
    if (!this.#lastTry.canTry) return false;
    const answersMs = forMs * answersShare;
    const patience = new Patience(answersMs);
    const handover = this.#outbox?.letGo(patience) ?? nothingBegun;
    this.#outbox = undefined;
    return this.#lastTry.flush(forMs - answersMs + patience.leftMs, handover);
  }

  /** What is still on the shelf counts as dropped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#outbox?.letGo(new Patience(0));
    this.#outbox = undefined;
    const lastTry = this.#lastTry;
    this.#lastTry = undefined;
    await lastTry?.[Symbol.asyncDispose]();
    for (const signal of signals)
      for (const slot of this.#shelf.sealed(signal)) this.#shelf.release(signal, slot, 'dropped');
  }

  /** Whatever was tried to end this process: it lives. Its thread sends what comes; when that died, this one does again. */
  #goOn(): void {
    if (!this.#lastTry?.hasDied) this.#lastTry?.look();
    else {
      this.#lastTry = undefined;
      this.#outbox = this.#open();
    }
  }

  readonly #look = harmless('sending telemetry', () => {
    this.#comesBack = false;
    this.#outbox?.look();
  });

  #open(): Outbox {
    const outbox = new Outbox(this.#shelf);
    openDestinations(this.#settings, lineShape(this.#settings), outbox, (text) => this.#host.tell(text));
    return outbox;
  }
}
