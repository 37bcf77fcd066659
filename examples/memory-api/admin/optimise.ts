import pg, { type Client } from 'pg';
import { makeMissingIndexes } from './missing-indexes.ts';
import { bytes, counted } from './output.ts';

/** An index is made anew when more than this share of it, and more than this size, is estimated to be empty. */
const bloat = { share: 0.5, sizeBytes: 1024 * 1024 };

export interface Optimised {
  vacuumed: string[];
  /** Indexes that were not there. */
  made: string[];
  reindexed: { index: string; reason: 'bloated' | 'invalid'; before_bytes: number; after_bytes: number }[];
  /** Left behind by a reindex that did not end; to be dropped. */
  leftovers: string[];
}

interface IndexState {
  name: string;
  valid: boolean;
  leftover: boolean;
  sizeBytes: number;
  expectedBytes: number | null;
}

/** Vacuums and analyses the tables beside `memories`, makes missing indexes, and bloated and invalid ones anew, without blocking anybody. */
export async function optimise(client: Client): Promise<Optimised> {
  const vacuumed = await tablesOf(client);
  for (const table of vacuumed) await client.query(`vacuum (analyze) ${table}`);
  const made = await makeMissingIndexes(client);
  const states = await readStates(client);
  const reindexed: Optimised['reindexed'] = [];
  for (const state of states.filter(({ leftover }) => !leftover)) {
    const reason = whyReindex(state);
    if (!reason) continue;
    await client.query(`reindex index concurrently ${state.name}`);
    const after_bytes = await sizeOf(client, state.name);
    reindexed.push({ index: state.name, reason, before_bytes: state.sizeBytes, after_bytes });
  }
  const leftovers = states.filter(({ leftover }) => leftover).map(({ name }) => name);
  return { vacuumed, made, reindexed, leftovers };
}

export function optimiseLines({ vacuumed, made, reindexed, leftovers }: Optimised): string[] {
  return [
    ...vacuumed.map((table) => `vacuumed and analysed ${table}`),
    ...made.map((index) => `made ${index}, which was not there`),
    ...reindexed.map(
      ({ index, reason, before_bytes, after_bytes }) =>
        `made ${index} anew (${reason}): ${bytes(before_bytes)} -> ${bytes(after_bytes)}`,
    ),
    ...(reindexed.length === 0 ? ['no index is bloated'] : []),
    ...(leftovers.length === 0
      ? []
      : [
          `${counted(leftovers.length, 'index is', 'indexes are')} left of a reindex that did not end. Drop:`,
          ...leftovers.map((name) => `  drop index concurrently ${name};`),
        ]),
  ];
}

/** The ordinary tables of the schema in which `memories` is, as SQL names. */
export async function tablesOf(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r'
       and c.relnamespace = (select relnamespace from pg_class where oid = 'memories'::regclass)
       and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
     order by c.relname`,
  );
  return rows.map(({ schema, name }) => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`);
}

function whyReindex({ valid, sizeBytes, expectedBytes }: IndexState): 'bloated' | 'invalid' | undefined {
  if (!valid) return 'invalid';
  if (expectedBytes === null) return undefined;
  const emptyBytes = sizeBytes - expectedBytes;
  return emptyBytes > bloat.sizeBytes && emptyBytes / sizeBytes > bloat.share ? 'bloated' : undefined;
}

/**
 * The size that a fresh btree would have: each entry has a line pointer (4 bytes), a tuple header (8) and its columns, rounded
 * up to 8; a page of 8 KiB has 24 bytes of header, 16 of its own and is filled to 90 %. Layout:
 * https://www.postgresql.org/docs/current/storage-page-layout.html. Nothing is known of other methods and of expressions.
 */
async function readStates(client: Client): Promise<IndexState[]> {
  const { rows } = await client.query<IndexState>(
    `select i.indexrelid::regclass::text as name, i.indisvalid as valid,
       not i.indisvalid and c.relname ~ '_cc(new|old)[0-9]*$' as leftover,
       pg_relation_size(c.oid)::float8 as "sizeBytes",
       case when am.amname = 'btree' and 0 <> all (i.indkey) and c.reltuples >= 0 then (
         select ceil(c.reltuples * (4 + ceil((8 + sum(coalesce(s.avg_width, 8))) / 8.0) * 8)
           / ((8192 - 24 - 16) * 0.9)) * 8192 + 8192
         from unnest(i.indkey) as key (attnum)
         join pg_attribute a on a.attrelid = i.indrelid and a.attnum = key.attnum
         left join pg_stats s on s.schemaname = n.nspname and s.tablename = t.relname and s.attname = a.attname
       )::float8 end as "expectedBytes"
     from pg_index i
     join pg_class c on c.oid = i.indexrelid
     join pg_class t on t.oid = i.indrelid
     join pg_namespace n on n.oid = t.relnamespace
     join pg_am am on am.oid = c.relam
     where t.relkind = 'r' and t.relnamespace = (select relnamespace from pg_class where oid = 'memories'::regclass)
     order by c.relname`,
  );
  return rows;
}

async function sizeOf(client: Client, index: string): Promise<number> {
  const { rows } = await client.query<{ size: number }>(
    'select pg_relation_size($1::regclass)::float8 as size',
    [index],
  );
  return rows[0]!.size;
}
