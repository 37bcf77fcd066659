import type { Worker } from 'node:worker_threads';
import { reason } from '../complain.ts';
import { Shelf, signals } from '../wire/shelf.ts';
import type { Flushed, Letter, Notice, SenderSettings } from './letter.ts';
import { startWorker } from './start-worker.ts';

export interface SenderHost {
  /** A sentence for whoever runs the service (see complain.ts). */
  tell(text: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Starts the sender's thread. */
  readonly start?: typeof startWorker;
}

/** A thread that dies more often than this within a minute is not replaced any more. */
const mostDeaths = 5;
const minuteMs = 60_000;
const firstPauseMs = 200;
/** Slots that make one full request (see destination.ts): worth waking it for. */
const mostUntold = 4;

/**
 * The service's side of the sender's thread: starts it when there is something to send, wakes it, and replaces it when it
 * dies, since what it had in hand is still on the shelf. Nothing here throws, waits (but `flush`) or keeps the process
 * alive.
 */
export class Sender implements AsyncDisposable {
  readonly #settings: SenderSettings;
  readonly #host: SenderHost;
  readonly #shelf: Shelf;
  readonly #pending = new Map<number, (told: boolean) => void>();
  #worker: Worker | undefined;
  #deathsMs: number[] = [];
  #restart: NodeJS.Timeout | undefined;
  #toldOfDeath = false;
  #closed = false;
  #flushes = 0;
  /** Slots sealed since the thread was told of any. */
  #untold = 0;

  constructor(settings: SenderSettings, host: SenderHost) {
    this.#settings = settings;
    this.#host = host;
    this.#shelf = new Shelf(settings.slots, settings.memory);
  }

  /** A slot was sealed. The thread is told when a few have come together: waking it costs more than a slot. */
  sealed(): void {
    this.#untold++;
    if (this.#untold >= mostUntold) this.tell();
  }

  /** Tells the thread of what was sealed. Cheap: once, until it looks. */
  tell(): void {
    if (this.#untold === 0 || this.#restart) return;
    this.#untold = 0;
    const worker = this.#running();
    if (worker && this.#shelf.ask()) post(worker, { kind: 'sealed' });
  }

  /**
   * Blocks until everything sealed was tried once, at most `forMs`. True when the sender told that it did; what could not
   * be delivered is then still on the shelf.
   */
  flush(forMs: number): boolean {
    if (this.#shelf.waitingSlots === 0) return true;
    const deadlineMs = performance.now() + forMs;
    const number = this.#askToFlush(forMs);
    // The thread may have had to be started, which takes its time too.
    return number !== undefined && this.#shelf.awaitFlushed(number, deadlineMs - performance.now());
  }

  /** As `flush`, without blocking. Does not keep the process alive. */
  flushSoon(forMs: number): Promise<boolean> {
    if (this.#shelf.waitingSlots === 0) return Promise.resolve(true);
    const number = this.#askToFlush(forMs);
    if (number === undefined) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => this.#settle(number, false), forMs).unref();
    this.#pending.set(number, (told) => {
      clearTimeout(timer);
      resolve(told);
    });
    return promise;
  }

  /** Ends the thread; what is still on the shelf counts as dropped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    await this.#worker?.terminate();
    this.#worker = undefined;
    this.#dropAll();
  }

  #askToFlush(forMs: number): number | undefined {
    const worker = this.#running();
    if (!worker) return undefined;
    const number = ++this.#flushes;
    post(worker, { kind: 'flush', number, forMs });
    return number;
  }

  #running(): Worker | undefined {
    if (!this.#worker && !this.#closed) this.#start();
    if (this.#closed) this.#dropAll();
    return this.#worker;
  }

  #start(): void {
    clearTimeout(this.#restart);
    this.#restart = undefined;
    const { start = startWorker, environment } = this.#host;
    try {
      const worker = start(this.#settings, environment);
      this.#worker = worker;
      let why = 'it ended';
      worker.on('message', (said: Notice | Flushed) => this.#hear(said));
      worker.on('error', (error) => {
        why = reason(error);
      });
      worker.on('exit', () => this.#onDeath(worker, why));
      // Listening for messages holds the process again.
      worker.unref();
    } catch (error) {
      this.#giveUp(reason(error));
    }
  }

  #hear(said: Notice | Flushed): void {
    if (said.kind === 'notice') this.#host.tell(said.text);
    else this.#settle(said.number, true);
  }

  #settle(number: number, told: boolean): void {
    this.#pending.get(number)?.(told);
    this.#pending.delete(number);
  }

  #onDeath(worker: Worker, why: string): void {
    if (this.#closed || worker !== this.#worker) return;
    this.#worker = undefined;
    for (const number of [...this.#pending.keys()]) this.#settle(number, false);
    const nowMs = performance.now();
    this.#deathsMs = [...this.#deathsMs.filter((atMs) => nowMs - atMs < minuteMs), nowMs];
    if (this.#deathsMs.length > mostDeaths) {
      this.#giveUp(why);
      return;
    }
    if (!this.#toldOfDeath)
      this.#host.tell(`the thread that sends telemetry died and is replaced: ${why} (told once)`);
    this.#toldOfDeath = true;
    const pauseMs = firstPauseMs * 2 ** (this.#deathsMs.length - 1);
    this.#restart = setTimeout(() => this.#start(), pauseMs).unref();
  }

  #giveUp(why: string): void {
    this.#closed = true;
    this.#host.tell(
      `the thread that sends telemetry cannot run: ${why}. Telemetry is dropped from here on; the service is not affected`,
    );
    this.#dropAll();
  }

  /** The counts of the sender's thread may be written here: there is none any more. */
  #dropAll(): void {
    for (const signal of signals)
      for (const slot of this.#shelf.sealed(signal)) this.#shelf.release(signal, slot, 'dropped');
  }
}

function post(worker: Worker, letter: Letter): void {
  worker.postMessage(letter);
}
