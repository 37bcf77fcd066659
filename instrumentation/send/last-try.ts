import type { Worker } from 'node:worker_threads';
import { reason } from '../complain.ts';
import type { Shelf } from '../wire/shelf.ts';
import type { Handover, Letter, SenderSettings } from './letter.ts';
import type { SenderHost } from './sender.ts';
import { startWorker } from './start-worker.ts';

/**
 * A thread that sends what is left while the service's thread waits for it: the end of a process leaves no other way.
 * It starts when it is needed, which takes some 50 ms.
 */
export class LastTry implements AsyncDisposable {
  readonly #shelf: Shelf;
  readonly #worker: Worker | undefined;
  #flushes = 0;
  #died = false;

  constructor(
    settings: SenderSettings,
    shelf: Shelf,
    { environment, start = startWorker, tell }: SenderHost,
  ) {
    this.#shelf = shelf;
    try {
      this.#worker = start(settings, environment);
      // Why a thread died helps nobody here; what it had in hand counts as not delivered.
      this.#worker.on('error', () => {});
      this.#worker.on('exit', () => {
        this.#died = true;
      });
      this.#worker.unref();
    } catch (error) {
      tell(`what is left at the end cannot be sent, as no thread can be started: ${reason(error)}`);
    }
  }

  /** Whether there is a thread at all. */
  get canTry(): boolean {
    return this.#worker !== undefined;
  }

  /** There was a thread, and is none any more. */
  get hasDied(): boolean {
    return this.#died;
  }

  /** The process lives on: what was sealed since is sent as ever. */
  look(): void {
    this.#ask({ number: ++this.#flushes });
  }

  #ask(letter: Letter): void {
    this.#worker?.postMessage(letter);
  }

  /** Blocks until everything was tried once, at most `forMs`. True when it was. Needs a thread. */
  flush(forMs: number, handover: Handover): boolean {
    this.#ask({ number: ++this.#flushes, handover });
    return this.#shelf.awaitFlushed(this.#flushes, forMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
  }
}
