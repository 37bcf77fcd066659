import type { Client } from 'pg';

export interface RunningStatement {
  pid: number;
  seconds: number;
  /** `active`, or `idle in transaction`, which keeps vacuum from its work. */
  state: string;
  /** The processes whose locks it waits for. */
  waits_for: number[];
  query: string;
}

export interface Activity {
  connections: number;
  most_connections: number;
  running: RunningStatement[];
}

/** What the server does for this database. Of others' statements PostgreSQL shows the text only to who may see it. */
export async function readActivity(client: Client, atLeastMs: number): Promise<Activity> {
  const about = await client.query<Omit<Activity, 'running'>>(
    `select (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections,
       current_setting('max_connections')::int as most_connections`,
  );
  const { rows } = await client.query<RunningStatement>(
    `select pid, extract(epoch from now() - coalesce(xact_start, query_start))::float8 as seconds, state,
       pg_blocking_pids(pid) as waits_for, coalesce(query, '') as query
     from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
       and now() - coalesce(xact_start, query_start) >= make_interval(secs => $1)
     order by seconds desc limit 20`,
    [atLeastMs / 1000],
  );
  return { ...about.rows[0]!, running: rows };
}
