import type { Client } from 'pg';
import { describeSearch, readIndexes } from './indexes.ts';
import { bytes, counted, table } from './output.ts';

export interface Summary {
  memories: number;
  users: number;
  by_kind: { kind: string; memories: number }[];
  /** Those with the most, most first. */
  by_user: { user_id: string; memories: number }[];
  size: { total_bytes: number; table_bytes: number; index_bytes: number };
  oldest: string | null;
  newest: string | null;
  search: string;
}

interface Totals {
  memories: number;
  users: number;
  oldest: Date | null;
  newest: Date | null;
  total_bytes: number;
  table_bytes: number;
  index_bytes: number;
}

/** Reads the whole table. */
export async function readSummary(client: Client, topUsers: number): Promise<Summary> {
  const totals = await client.query<Totals>(
    `select count(*)::float8 as memories, count(distinct user_id)::float8 as users,
       min(created_at) as oldest, max(created_at) as newest,
       pg_total_relation_size('memories')::float8 as total_bytes,
       pg_table_size('memories')::float8 as table_bytes, pg_indexes_size('memories')::float8 as index_bytes
     from memories`,
  );
  const byKind = await client.query<{ kind: string; memories: number }>(
    'select kind, count(*)::float8 as memories from memories group by kind order by memories desc, kind',
  );
  const byUser = await client.query<{ user_id: string; memories: number }>(
    `select user_id, count(*)::float8 as memories from memories group by user_id
     order by memories desc, user_id limit $1`,
    [topUsers],
  );
  const { memories, users, oldest, newest, ...size } = totals.rows[0]!;
  return {
    memories,
    users,
    by_kind: byKind.rows,
    by_user: byUser.rows,
    size,
    oldest: oldest?.toISOString() ?? null,
    newest: newest?.toISOString() ?? null,
    search: describeSearch(await readIndexes(client)),
  };
}

export function summaryLines(it: Summary): string[] {
  const { total_bytes, table_bytes, index_bytes } = it.size;
  return [
    `${counted(it.memories, 'memory', 'memories')} of ${counted(it.users, 'user', 'users')}`,
    `size    ${bytes(total_bytes)} (table ${bytes(table_bytes)}, indexes ${bytes(index_bytes)})`,
    ...(it.oldest ? [`oldest  ${it.oldest}`, `newest  ${it.newest}`] : []),
    `search  ${it.search}`,
    '',
    ...table(
      ['KIND', 'MEMORIES'],
      it.by_kind.map(({ kind, memories }) => [kind, memories]),
    ),
    '',
    ...table(
      ['MEMORIES', 'USER'],
      it.by_user.map(({ user_id, memories }) => [memories, user_id]),
    ),
    ...(it.users > it.by_user.length ? [`… and ${it.users - it.by_user.length} more (--top)`] : []),
  ];
}
