import pg, { type Client } from 'pg';

export interface Column {
  name: string;
  /** As PostgreSQL writes it. */
  type: string;
}

export interface Columns {
  /** What is exported and imported. */
  own: Column[];
  /** Say which transaction wrote something, for which another server has other numbers; by their SQL names. */
  transactionIds: string[];
}

/**
 * The columns of `memories`, without those that PostgreSQL computes. Export and import ask for them, so a migration that
 * adds one needs no change here.
 */
export async function readColumns(client: Client): Promise<Columns> {
  const { rows } = await client.query<Column>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
     where attrelid = 'memories'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
     order by attnum`,
  );
  return {
    own: rows.filter(({ type }) => type !== 'xid8'),
    transactionIds: rows.filter(({ type }) => type === 'xid8').map(quoted),
  };
}

/** The column's name as SQL. */
export function quoted({ name }: Pick<Column, 'name'>): string {
  return pg.escapeIdentifier(name);
}

/** What stands in an export. An embedding is an array of numbers, whatever the server keeps it as. */
export function exported(column: Column): string {
  const name = quoted(column);
  if (!isEmbedding(column)) return name;
  return column.type === 'bytea' ? `embedding_from_bytes(${name})` : `${name}::real[]`;
}

/** The type of what `exported` gives. */
export function exportedType(column: Column): string {
  return isEmbedding(column) ? 'real[]' : column.type;
}

/** What the server keeps, made of what stands in an export. */
export function imported(column: Column): string {
  const name = quoted(column);
  if (!isEmbedding(column)) return name;
  return column.type === 'bytea' ? `embedding_to_bytes(${name})` : `${name}::${column.type}`;
}

export function isEmbedding({ name }: Column): boolean {
  return name === 'embedding';
}
