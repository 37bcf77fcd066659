import type { Client } from 'pg';
import type { Memory } from '../memory.ts';
import { cut, printable, widthColumns } from './output.ts';

export interface ListOptions {
  userId: string | undefined;
  kind: string | undefined;
  /** From 1. */
  page: number;
  limit: number;
}

export interface ListedPage {
  data: Memory[];
  pagination: { page: number; limit: number; total: number; pages: number };
}

/** Newest first. */
export async function readPage(
  client: Client,
  { userId, kind, page, limit }: ListOptions,
): Promise<ListedPage> {
  const where = 'where ($1::text is null or user_id = $1) and ($2::text is null or kind = $2)';
  const chosen = [userId ?? null, kind ?? null];
  const counts = await client.query<{ total: number }>(
    `select count(*)::float8 as total from memories ${where}`,
    chosen,
  );
  const { rows } = await client.query<Omit<Memory, 'created_at'> & { created_at: Date }>(
    `select id, user_id, kind, content, metadata, created_at from memories ${where}
     order by created_at desc, id desc limit $3 offset $4`,
    [...chosen, limit, (page - 1) * limit],
  );
  const { total } = counts.rows[0]!;
  return {
    data: rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() })),
    pagination: { page, limit, total, pages: Math.ceil(total / limit) },
  };
}

/** Two lines for each: what it is, and how it begins. */
export function pageLines({ data, pagination }: ListedPage): string[] {
  const { page, pages, total } = pagination;
  return [
    `${'ID'.padEnd(36)}  ${'CREATED'.padEnd(16)}  ${'KIND'.padEnd(12)}  USER`,
    ...data.flatMap(({ id, created_at, kind, user_id, content }) => [
      cut(`${id}  ${minute(created_at)}  ${kind.padEnd(12)}  ${printable(user_id)}`, widthColumns),
      cut(`  ${printable(content)}`, widthColumns),
    ]),
    `page ${page} of ${pages}, ${total} in all`,
  ];
}

/** `2026-01-31 23:59`, UTC. */
function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
