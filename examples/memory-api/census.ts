import { channels } from './events.ts';
import type { MemoryStore } from './store.ts';

const countEveryMs = 5 * 60_000;

/** Counts the memories of each kind now and then, which reads the whole table: only while somebody wants to know. */
export class Census {
  readonly #store: MemoryStore;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  /** Counts at once, then every five minutes. Does not keep the process alive. */
  start(): void {
    this.#timer = setInterval(() => void this.count(), countEveryMs).unref();
    void this.count();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A count that fails is left out: that the database is away is told by everything else that asks it. */
  async count(): Promise<void> {
    if (!channels.memories.hasSubscribers && !channels.index.hasSubscribers) return;
    const counts = await this.#store.census().catch(() => []);
    for (const { kind, memories } of counts) channels.memories.publish({ kind, memories });
    // One that is pending is not found by its meaning.
    if (counts.length > 0)
      channels.index.publish({ memories: counts.reduce((sum, { embedded }) => sum + embedded, 0) });
  }
}
