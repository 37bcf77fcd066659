/** The calls that are running, so that whoever closes the connections can let them finish first. */
export class Calls {
  readonly #running = new Set<Promise<unknown>>();

  /** @throws what `work` throws */
  async run<R>(work: () => Promise<R>): Promise<R> {
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** When none is running, those begun meanwhile included. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}
