import type { Memory } from '../memory.ts';

/** A memory as it stands in its table. */
export type Row = Omit<Memory, 'created_at'> & { created_at: Date };

export const columns = 'id, user_id, kind, content, metadata, created_at';

export function toMemory(row: Row): Memory {
  const { id, user_id, kind, content, metadata, created_at } = row;
  return { id, user_id, kind, content, metadata, created_at: created_at.toISOString() };
}
