import type { Page } from '../memories.ts';
import type { Memory, NewMemory, ScoredMemory } from '../memory.ts';

/** What an update may change; what is not there stays as it is. */
export type MemoryChanges = Partial<Pick<Memory, 'kind' | 'content' | 'metadata'>>;

/**
 * What the tools need of the memories. With a `userId`, only that user's memories exist; with `undefined`,
 * everybody's do. All methods throw `ServiceError`s for what is expected to go wrong.
 */
export interface MemoryOperations {
  create(memory: NewMemory): Promise<Memory>;
  read(id: string, userId: string | undefined): Promise<Memory>;
  /** Newest first; `page` counts from 1. */
  list(userId: string, page: number, limit: number): Promise<Page>;
  update(id: string, userId: string | undefined, changes: MemoryChanges): Promise<Memory>;
  delete(id: string, userId: string | undefined): Promise<void>;
  /** The user's own memories that are nearest in meaning, best first. */
  search(userId: string, query: string, limit: number): Promise<ScoredMemory[]>;
}

/** Who calls the tools. */
export interface Caller {
  /** The one user for whom this caller may act; without, the caller may act for every user. */
  readonly userId?: string;
}
