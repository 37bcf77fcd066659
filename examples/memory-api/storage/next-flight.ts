import { SharedWork } from '../resilience/shared-work.ts';

/**
 * At most one piece of work at a time for each key. Whoever asks while one is under way shares the one after it with
 * all who ask until then, so that what is found out is never older than the question.
 */
export class NextFlight<R> {
  readonly #running = new Map<string, Promise<R>>();
  readonly #next = new Map<string, Promise<R>>();
  readonly #shared: SharedWork;

  constructor(shared = new SharedWork()) {
    this.#shared = shared;
  }

  /** @throws what `work` throws, or `shared.wait` */
  run(key: string, work: () => Promise<R>): Promise<R> {
    return this.#shared.wait(() => this.#join(key, work));
  }

  #join(key: string, work: () => Promise<R>): Promise<R> {
    const running = this.#running.get(key);
    return running ? this.#after(running, key, work) : this.#start(key, work);
  }

  #after(running: Promise<R>, key: string, work: () => Promise<R>): Promise<R> {
    const known = this.#next.get(key);
    if (known) return known;
    const start = () => {
      this.#next.delete(key);
      return this.#join(key, work);
    };
    // Whether the one before failed is the business of those who wait for it.
    const next = running.then(start, start);
    this.#next.set(key, next);
    return next;
  }

  #start(key: string, work: () => Promise<R>): Promise<R> {
    const running = this.#shared.begin(work).finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    return running;
  }
}
