import { NotFoundError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import type { MemoryChanges, MemoryOperations } from './operations.ts';
import type { openParts } from './parts.ts';

/** The real memories, with plain SQL for what they cannot do themselves. */
export function testOperations({ memories, pool }: ReturnType<typeof openParts>): MemoryOperations {
  const given = memories as typeof memories & Partial<MemoryOperations>;
  return {
    create: (memory) => memories.create(memory),
    read: (id) => memories.read(id),
    list: (userId, page, limit) => memories.list(userId, page, limit),
    search: (userId, query, limit) => memories.search(userId, query, limit),
    update: (id, userId, changes) =>
      given.update ? given.update(id, userId, changes) : update(id, userId, changes),
    delete: (id, userId) => (given.delete ? given.delete(id, userId) : remove(id, userId)),
  };

  async function update(id: string, userId: string | undefined, changes: MemoryChanges): Promise<Memory> {
    const { rows } = await pool.query<Memory & { created_at: Date }>(
      `update memories set kind = coalesce($3, kind), content = coalesce($4, content),
         metadata = coalesce($5, metadata)
       where id = $1 and user_id = coalesce($2, user_id)
       returning id, user_id, kind, content, metadata, created_at`,
      [id, userId, changes.kind, changes.content, changes.metadata],
    );
    const [row] = rows;
    if (!row) throw new NotFoundError(`memory ${id}`);
    return { ...row, created_at: row.created_at.toISOString() };
  }

  async function remove(id: string, userId: string | undefined): Promise<void> {
    const { rowCount } = await pool.query(
      'delete from memories where id = $1 and user_id = coalesce($2, user_id)',
      [id, userId],
    );
    if (rowCount === 0) throw new NotFoundError(`memory ${id}`);
  }
}
