import { randomUUID } from 'node:crypto';
import type { ActiveUsers } from './active-users.ts';
import type { Cache } from './cache/cache.ts';
import { memoriesOf, QueryCache } from './cache/queries.ts';
import { ExternalError, NetworkError, NotFoundError, NotYoursError } from './errors.ts';
import { channels, type OperationDone, told } from './events.ts';
import { type Found, foundSchema, type Memory, memorySchema, type NewMemory, pageSchema } from './memory.ts';
import type { Changes, MemoryStore } from './store.ts';

/** What is used of an embedder. */
export interface Embedding {
  readonly model: string;
  readonly dimensions: number;
  embed(text: string): Promise<number[]>;
}

export type Page = ReturnType<typeof pageSchema.parse>;

/** What an update may change; what is not there stays as it is. */
export type MemoryChanges = Partial<Pick<Memory, 'kind' | 'content' | 'metadata'>>;

export interface MemoriesParts {
  store: MemoryStore;
  cache: Cache;
  embedder: Embedding;
  activeUsers: ActiveUsers;
  /** An embedding could not be had, and the service does without. */
  onDegraded(error: unknown): void;
}

/**
 * What can be done with memories, whoever asks. With a `userId` only that user's memories exist, with `undefined`
 * everybody's do.
 *
 * While the embeddings provider is away memories are kept without embedding and found by their words.
 */
export class Memories {
  readonly #parts: MemoriesParts;
  readonly #queries: QueryCache;

  constructor(parts: MemoriesParts) {
    this.#parts = parts;
    this.#queries = new QueryCache(parts.cache);
  }

  /**
   * Does not fill the cache: what is never read again would only push out what is. The same memory with the same id
   * again is the one that is there, so whoever did not hear of the first may ask again.
   *
   * @throws ConflictError when the id is that of another memory, whosever it is
   */
  create({ id = randomUUID(), user_id, kind, content, metadata = {} }: NewMemory): Promise<Memory> {
    const { store, cache, activeUsers } = this.#parts;
    activeUsers.saw(user_id);
    return this.#told('create', kind, async () => {
      const embedding = await this.#embed(content);
      const row = { id, user_id, kind, content, metadata, embedding };
      // It may be known that there is no such memory.
      return cache.change([keyOf(id), memoriesOf(user_id)], () => store.insert(row));
    });
  }

  /** @throws NotFoundError, and of another user NotYoursError */
  async read(id: string, userId?: string): Promise<Memory> {
    const memory = await this.#told('read', undefined, () => this.#find(id, userId));
    this.#parts.activeUsers.saw(memory.user_id);
    return memory;
  }

  /** @throws NotFoundError */
  update(id: string, userId: string | undefined, changes: MemoryChanges): Promise<Memory> {
    return this.#told('update', undefined, async () => {
      const owner = await this.#ownerOf(id, userId);
      const { content, ...rest } = changes;
      const all: Changes =
        content === undefined ? rest : { ...rest, content, embedding: await this.#embed(content) };
      const updated = await this.#change(id, owner, () => this.#parts.store.update(owner, id, all));
      if (!updated) throw missing(id);
      return updated;
    });
  }

  /** @throws NotFoundError */
  async delete(id: string, userId: string | undefined): Promise<void> {
    await this.#told('delete', undefined, async () => {
      const owner = await this.#ownerOf(id, userId);
      if (!(await this.#change(id, owner, () => this.#parts.store.delete(owner, id)))) throw missing(id);
    });
  }

  /** Newest first; `page` counts from 1. */
  list(userId: string, page: number, limit: number, kind?: Memory['kind']): Promise<Page> {
    this.#parts.activeUsers.saw(userId);
    const query = ['list', page, limit, kind ?? ''];
    const load = () => this.#load(userId, page, limit, kind);
    return this.#told('list', kind, () => this.#queries.get(userId, query, load, parsePage));
  }

  /**
   * The user's own memories that are nearest in meaning, or share words when nobody can tell what it means; best first.
   *
   * @throws ExternalError or NetworkError when nobody can tell what it means, and `requireMeaning`
   */
  search(userId: string, query: string, limit: number, requireMeaning = false): Promise<Found> {
    this.#parts.activeUsers.saw(userId);
    return this.#told('search', undefined, async () => {
      const embedding = await (requireMeaning ? this.#parts.embedder.embed(query) : this.#embed(query));
      if (!embedding) return this.#searchText(userId, query, limit);
      const load = () => this.#searchMeaning(userId, embedding, limit);
      // With another model, or other dimensions, the same query finds something else.
      const { model, dimensions } = this.#parts.embedder;
      return this.#queries.get(userId, ['search', limit, query, model, dimensions], load, parseFound);
    });
  }

  async #load(userId: string, page: number, limit: number, kind?: Memory['kind']): Promise<Page> {
    const { store } = this.#parts;
    const offset = (page - 1) * limit;
    const total = await store.countOf(userId, kind);
    const data = offset < total ? await store.list(userId, limit, offset, kind) : [];
    return { data, pagination: { page, limit, total, pages: Math.ceil(total / limit) } };
  }

  #searchMeaning(userId: string, embedding: readonly number[], limit: number): Promise<Found> {
    return told(channels.search, describeFound('vector'), async () => ({
      memories: await this.#parts.store.nearest(userId, embedding, limit),
      degraded: false,
    }));
  }

  /** Not kept: the provider may be back a moment later. */
  #searchText(userId: string, query: string, limit: number): Promise<Found> {
    return told(channels.search, describeFound('text'), async () => ({
      memories: await this.#parts.store.searchText(userId, query, limit),
      degraded: true,
    }));
  }

  async #find(id: string, userId: string | undefined): Promise<Memory> {
    const key = keyOf(id);
    const { cache, store } = this.#parts;
    const memory = await cache.get(key, () => store.find(id), { parse: parseMemory, stamps: [key] });
    if (!memory) throw missing(id);
    if (userId !== undefined && memory.user_id !== userId) throw new NotYoursError(what(id));
    return memory;
  }

  async #ownerOf(id: string, userId: string | undefined): Promise<string> {
    return userId ?? (await this.#find(id, undefined)).user_id;
  }

  #change<T>(id: string, owner: string, work: () => Promise<T>): Promise<T> {
    return this.#parts.cache.change([keyOf(id), memoriesOf(owner)], work);
  }

  /** Null when the provider is away. */
  async #embed(text: string): Promise<number[] | null> {
    const { embedder, onDegraded } = this.#parts;
    try {
      return await embedder.embed(text);
    } catch (error) {
      if (!(error instanceof ExternalError || error instanceof NetworkError)) throw error;
      onDegraded(error);
      return null;
    }
  }

  #told<R>(
    operation: OperationDone['operation'],
    kind: Memory['kind'] | undefined,
    work: () => Promise<R>,
  ): Promise<R> {
    const describe = (result?: R) => {
      const known = kind ?? (Object(result) as Partial<Memory>).kind;
      return { operation, ...(known && { kind: known }) };
    };
    return told(channels.operation, describe, work);
  }
}

function keyOf(id: string): string {
  return `memory:${id}`;
}

function missing(id: string): NotFoundError {
  return new NotFoundError(what(id));
}

function what(id: string): string {
  return `memory ${id}`;
}

function describeFound(type: 'vector' | 'text') {
  return (found?: Found) =>
    found
      ? {
          type,
          results: found.memories.length,
          scores: found.memories.map(({ score }) => Math.max(0, score)),
        }
      : { type };
}

/* What is cached and is not that (of another version) is as good as none. */

function parseMemory(value: unknown): Memory | undefined {
  return memorySchema.safeParse(value).data;
}

function parsePage(value: unknown): Page | undefined {
  return pageSchema.safeParse(value).data;
}

function parseFound(value: unknown): Found | undefined {
  return foundSchema.safeParse(value).data;
}
