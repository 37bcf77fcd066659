import type { Client } from 'pg';
import { bytes, table } from './output.ts';

export interface IndexInfo {
  name: string;
  method: string;
  size_bytes: number;
  scans: number;
  valid: boolean;
  definition: string;
  /** Whether it is over a column of pgvector. */
  is_vector: boolean;
}

export interface Indexes {
  /** Of the extension pgvector in this database; null when there is none. */
  pgvector: string | null;
  /** Type of the column `embedding`. */
  embedding: string;
  indexes: IndexInfo[];
}

/** What there is to know of the indexes of `memories`. */
export async function readIndexes(client: Client): Promise<Indexes> {
  const about = await client.query<{ pgvector: string | null; embedding: string }>(
    `select (select extversion from pg_extension where extname = 'vector') as pgvector,
       coalesce((select format_type(atttypid, atttypmod) from pg_attribute
         where attrelid = 'memories'::regclass and attname = 'embedding'), 'no such column') as embedding`,
  );
  const { rows } = await client.query<IndexInfo>(
    `select c.relname as name, am.amname as method, pg_relation_size(c.oid)::float8 as size_bytes,
       coalesce(s.idx_scan, 0)::float8 as scans, i.indisvalid and i.indisready as valid,
       pg_get_indexdef(c.oid) as definition, am.amname in ('hnsw', 'ivfflat') as is_vector
     from pg_index i
     join pg_class c on c.oid = i.indexrelid
     join pg_am am on am.oid = c.relam
     left join pg_stat_all_indexes s on s.indexrelid = c.oid
     where i.indrelid = 'memories'::regclass
     order by c.relname`,
  );
  return { ...about.rows[0]!, indexes: rows };
}

export function indexLines(it: Indexes): string[] {
  const rows = it.indexes.map(
    ({ name, method, size_bytes, scans, valid }) =>
      [scans, bytes(size_bytes), method, valid ? 'yes' : 'NO', name] as const,
  );
  const broken = it.indexes.filter(({ valid }) => !valid).map(({ name }) => name);
  return [
    `search     ${describeSearch(it)}`,
    `embedding  ${it.embedding}`,
    `pgvector   ${it.pgvector ?? 'not in this database'}`,
    '',
    ...table(['SCANS', 'SIZE', 'METHOD', 'VALID', 'INDEX'], rows),
    ...(broken.length > 0 ? ['', `not usable, run memory-admin optimise: ${broken.join(', ')}`] : []),
  ];
}

/** How a search finds its memories. */
export function describeSearch({ pgvector, indexes }: Indexes): string {
  const index = indexes.find(({ is_vector, valid }) => is_vector && valid);
  if (index) return `pgvector ${pgvector}, by ${index.method} index ${index.name}`;
  return 'exact: reads every memory of the user';
}
