import pg, { type Client } from 'pg';

export interface Column {
  name: string;
  isVector: boolean;
}

/**
 * The columns of `memories` that hold something of their own, in their order. Export and import ask for them, so a
 * migration that adds one needs no change here.
 */
export async function readColumns(client: Client): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `select attname as name, format_type(atttypid, null) in ('vector', 'halfvec') as "isVector"
     from pg_attribute
     where attrelid = 'memories'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
     order by attnum`,
  );
  return rows;
}

/** The column's name as SQL. */
export function quoted({ name }: Pick<Column, 'name'>): string {
  return pg.escapeIdentifier(name);
}
