import { randomUUID } from 'node:crypto';
import type { Cache } from './cache.ts';
import type { Embedder } from './embedder.ts';
import { NotFoundError } from './errors.ts';
import { type Memory, memorySchema, type NewMemory, type ScoredMemory } from './memory.ts';
import { SingleFlight } from './single-flight.ts';
import type { MemoryStore } from './store.ts';

export interface Page {
  data: Memory[];
  pagination: { page: number; limit: number; total: number; pages: number };
}

/** What can be done with memories, whoever asks. */
export class Memories {
  readonly #store: MemoryStore;
  readonly #cache: Cache;
  readonly #embedder: Embedder;
  readonly #reads = new SingleFlight<Memory>();

  constructor(store: MemoryStore, cache: Cache, embedder: Embedder) {
    this.#store = store;
    this.#cache = cache;
    this.#embedder = embedder;
  }

  /** Does not fill the cache: what is never read again would only push out what is. */
  async create({ user_id, kind, content, metadata = {} }: NewMemory): Promise<Memory> {
    const embedding = await this.#embedder.embed(content);
    return this.#store.insert({ id: randomUUID(), user_id, kind, content, metadata, embedding });
  }

  /** @throws NotFoundError */
  read(id: string): Promise<Memory> {
    const key = `memory:${id}`;
    return this.#reads.run(key, () => this.#readThrough(key, id));
  }

  async #readThrough(key: string, id: string): Promise<Memory> {
    const lookup = await this.#cache.read(key);
    const cached = lookup.outcome === 'hit' ? parseCached(lookup.text) : undefined;
    if (cached) return cached;
    const memory = await this.#store.find(id);
    if (!memory) throw new NotFoundError(`memory ${id}`);
    if (lookup.outcome !== 'unavailable') this.#cache.write(key, JSON.stringify(memory));
    return memory;
  }

  /** Newest first; `page` counts from 1. */
  async list(userId: string, page: number, limit: number): Promise<Page> {
    const offset = (page - 1) * limit;
    const total = await this.#store.countOf(userId);
    const data = offset < total ? await this.#store.list(userId, limit, offset) : [];
    return { data, pagination: { page, limit, total, pages: Math.ceil(total / limit) } };
  }

  /** The user's own memories that are nearest in meaning, best first. */
  async search(userId: string, query: string, limit: number): Promise<ScoredMemory[]> {
    return this.#store.nearest(userId, await this.#embedder.embed(query), limit);
  }
}

/** A cached text that is not a memory (cut short, or of another version) is as good as none. */
function parseCached(text: string): Memory | undefined {
  try {
    return memorySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
