import { randomUUID } from 'node:crypto';
import type { ActiveUsers } from './active-users.ts';
import type { Cache } from './cache.ts';
import type { Embedder } from './embedder.ts';
import { NotFoundError } from './errors.ts';
import { channels, told } from './events.ts';
import { type Memory, memorySchema, type NewMemory, type ScoredMemory } from './memory.ts';
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
  readonly #activeUsers: ActiveUsers;

  constructor(store: MemoryStore, cache: Cache, embedder: Embedder, activeUsers: ActiveUsers) {
    this.#store = store;
    this.#cache = cache;
    this.#embedder = embedder;
    this.#activeUsers = activeUsers;
  }

  /** Does not fill the cache: what is never read again would only push out what is. */
  create({ user_id, kind, content, metadata = {} }: NewMemory): Promise<Memory> {
    this.#activeUsers.saw(user_id);
    const describe = () => ({ operation: 'create' as const, kind });
    return told(channels.operation, describe, async () => {
      const embedding = await this.#embed(content);
      return this.#store.insert({ id: randomUUID(), user_id, kind, content, metadata, embedding });
    });
  }

  /** @throws NotFoundError */
  async read(id: string): Promise<Memory> {
    const describe = (memory?: Memory) => ({
      operation: 'read' as const,
      ...(memory && { kind: memory.kind }),
    });
    const memory = await told(channels.operation, describe, () => this.#readThrough(id));
    this.#activeUsers.saw(memory.user_id);
    return memory;
  }

  async #readThrough(id: string): Promise<Memory> {
    const key = `memory:${id}`;
    const kind = { parse: parseCached, stamps: [key] };
    const memory = await this.#cache.get(key, () => this.#store.find(id), kind);
    if (!memory) throw new NotFoundError(`memory ${id}`);
    return memory;
  }

  /** Newest first; `page` counts from 1. */
  list(userId: string, page: number, limit: number): Promise<Page> {
    this.#activeUsers.saw(userId);
    const describe = () => ({ operation: 'list' as const });
    return told(channels.operation, describe, async () => {
      const offset = (page - 1) * limit;
      const total = await this.#store.countOf(userId);
      const data = offset < total ? await this.#store.list(userId, limit, offset) : [];
      return { data, pagination: { page, limit, total, pages: Math.ceil(total / limit) } };
    });
  }

  /** The user's own memories that are nearest in meaning, best first. */
  search(userId: string, query: string, limit: number): Promise<ScoredMemory[]> {
    this.#activeUsers.saw(userId);
    const describe = () => ({ operation: 'search' as const });
    return told(channels.operation, describe, async () => {
      const embedding = await this.#embed(query);
      return told(channels.search, describeFound, () => this.#store.nearest(userId, embedding, limit));
    });
  }

  #embed(text: string): Promise<number[]> {
    const describe = () => ({ model: this.#embedder.model, cached: false });
    return told(channels.embedding, describe, () => this.#embedder.embed(text));
  }
}

function describeFound(found?: readonly ScoredMemory[]) {
  const type = 'vector' as const;
  return found
    ? { type, results: found.length, scores: found.map(({ score }) => Math.max(0, score)) }
    : { type };
}

/** What is cached and not a memory (of another version) is as good as none. */
function parseCached(value: unknown): Memory | undefined {
  return memorySchema.safeParse(value).data;
}
