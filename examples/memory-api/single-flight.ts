import { SharedWork } from './resilience/shared-work.ts';

/**
 * Runs one loader per key at a time: who asks while it runs gets the same answer, or the same error. It keeps a
 * popular key that just left the cache from becoming a crowd at the database.
 */
export class SingleFlight<T> {
  readonly #inFlight = new Map<string, Promise<T>>();
  readonly #shared: SharedWork;

  constructor(shared = new SharedWork()) {
    this.#shared = shared;
  }

  /** @throws what `load` throws, or `shared.wait` */
  run(key: string, load: () => Promise<T>): Promise<T> {
    return this.#shared.wait(() => this.#join(key, load));
  }

  #join(key: string, load: () => Promise<T>): Promise<T> {
    const running = this.#inFlight.get(key);
    if (running) return running;
    const started = this.#shared.begin(load).finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, started);
    return started;
  }
}
