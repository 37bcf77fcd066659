import type { Client } from 'pg';
import { tablesOf } from './optimise.ts';
import { bytes, percent, printable, table, widthColumns } from './output.ts';

export interface TableInfo {
  name: string;
  size_bytes: number;
  live_rows: number;
  dead_rows: number;
  /** Estimated share of the table that holds nothing, 0..1; null when it is not known. */
  empty_ratio: number | null;
}

export interface Statement {
  calls: number;
  total_ms: number;
  mean_ms: number;
  query: string;
}

export interface Analysis {
  tables: TableInfo[];
  /** Share of the pages that PostgreSQL found in its own memory since its statistics began, 0..1. */
  cache_hit_ratio: number | null;
  /** By the time they took in all; null when pg_stat_statements is not there. */
  slowest: Statement[] | null;
}

/** Renews the statistics of the planner, then tells what is known. */
export async function analyse(client: Client, statements: number): Promise<Analysis> {
  for (const name of await tablesOf(client)) await client.query(`analyze ${name}`);
  const hits = await client.query<{ ratio: number | null }>(
    `select blks_hit::float8 / nullif(blks_hit + blks_read, 0) as ratio
     from pg_stat_database where datname = current_database()`,
  );
  return {
    tables: await readTables(client),
    cache_hit_ratio: hits.rows[0]?.ratio ?? null,
    slowest: await readSlowest(client, statements),
  };
}

export function analysisLines({ tables, cache_hit_ratio, slowest }: Analysis): string[] {
  const rows = tables.map(
    ({ name, size_bytes, live_rows, dead_rows, empty_ratio }) =>
      [
        live_rows,
        dead_rows,
        bytes(size_bytes),
        empty_ratio === null ? '-' : percent(empty_ratio),
        name,
      ] as const,
  );
  return [
    ...table(['ROWS', 'DEAD', 'SIZE', 'EMPTY', 'TABLE'], rows),
    '',
    `pages found in memory: ${cache_hit_ratio === null ? 'not known' : percent(cache_hit_ratio)}`,
    '',
    ...(slowest ? slowestLines(slowest) : ['slowest statements: pg_stat_statements is not in this database']),
  ];
}

function slowestLines(slowest: readonly Statement[]): string[] {
  return table(
    ['CALLS', 'TOTAL MS', 'MEAN MS', 'STATEMENT'],
    slowest.map(({ calls, total_ms, mean_ms, query }) => [
      calls,
      Math.round(total_ms),
      Number(mean_ms.toFixed(2)),
      printable(query).slice(0, widthColumns),
    ]),
  );
}

/**
 * A row takes its columns' average widths, a header of 24 bytes and a line pointer of 4; a page of 8 KiB has a header of 24.
 * What is kept out of line (TOAST) counts on neither side.
 */
async function readTables(client: Client): Promise<TableInfo[]> {
  const { rows } = await client.query<TableInfo>(
    `select c.relname as name, pg_total_relation_size(c.oid)::float8 as size_bytes,
       s.n_live_tup::float8 as live_rows, s.n_dead_tup::float8 as dead_rows,
       case when c.reltuples >= 0 and pg_relation_size(c.oid) > 0 and w.width is not null then
         greatest(0, 1 - ceil(c.reltuples * (28 + w.width) / (8192 - 24)) * 8192 / pg_relation_size(c.oid))
       end::float8 as empty_ratio
     from pg_class c
     join pg_stat_user_tables s on s.relid = c.oid
     left join lateral (
       select sum(avg_width * (1 - null_frac)) as width from pg_stats
       where schemaname = s.schemaname and tablename = s.relname
     ) w on true
     where c.relnamespace = (select relnamespace from pg_class where oid = 'memories'::regclass)
     order by size_bytes desc, name`,
  );
  return rows;
}

/** 42P01: the extension is not in this database; 55000: it is, and the server was started without it. */
async function readSlowest(client: Client, statements: number): Promise<Statement[] | null> {
  const asked = client.query<Statement>(
    `select calls::float8 as calls, total_exec_time as total_ms, mean_exec_time as mean_ms, query
     from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database())
     order by total_exec_time desc limit $1`,
    [statements],
  );
  return asked.then(
    ({ rows }) => rows,
    (error) => {
      if (['42P01', '55000'].includes(error.code)) return null;
      throw error;
    },
  );
}
