import type { Memories } from '../memories.ts';

/** What the tools need of the memories. */
export type MemoryOperations = Pick<Memories, 'create' | 'read' | 'list' | 'update' | 'delete' | 'search'>;

/** Who calls the tools. */
export interface Caller {
  /** The one user for whom this caller may act; without, the caller may act for every user. */
  readonly userId?: string;
}
