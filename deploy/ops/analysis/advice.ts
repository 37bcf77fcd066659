import { bytes } from '../../../examples/memory-api/admin/output.ts';
import type { DatabaseReport } from '../analyse.ts';
import type { Activity } from './activity.ts';

/** More dead rows than this share of a table, and it is time for a vacuum. PostgreSQL's own begins at 0.2. */
const deadShare = 0.3;
/** Fewer say nothing. */
const deadRows = 1000;
/** Below, PostgreSQL reads from disk what it should have in memory; that takes some reads to know. */
const hitShare = 0.9;
const fullShare = 0.8;
/** An index that small costs nothing worth a change. */
const smallIndexBytes = 1024 * 1024;

/** What to do, most urgent first; each with the reason. */
export function adviceOn({ tables, indexes, activity, cache_hit_ratio, slowest }: DatabaseReport): string[] {
  const broken = indexes.indexes.filter(({ valid }) => !valid);
  const unused = indexes.indexes.filter(
    ({ name, scans, size_bytes }) => scans === 0 && size_bytes > smallIndexBytes && !name.endsWith('_pkey'),
  );
  const dead = tables.filter(
    ({ dead_rows, live_rows }) => dead_rows > deadRows && dead_rows > deadShare * (live_rows + dead_rows),
  );
  return [
    ...adviceOnActivity(activity),
    ...broken.map(({ name }) => `${name} cannot be used: run optimise.ts`),
    ...dead.map(({ name, dead_rows }) => `${name} has ${dead_rows} dead rows: run optimise.ts`),
    ...(cache_hit_ratio !== null && cache_hit_ratio < hitShare
      ? ['PostgreSQL reads much from disk: give it more shared_buffers, if that stays so']
      : []),
    ...unused.map(
      ({ name, size_bytes }) =>
        `${name} (${bytes(size_bytes)}) was not used since the statistics began: see in a week whether it still is not`,
    ),
    ...(slowest === null
      ? [
          'slow statements are not counted: set shared_preload_libraries = pg_stat_statements, restart, create extension',
        ]
      : []),
  ];
}

/** What cannot wait: who keeps others waiting, and connections that run out. */
export function adviceOnActivity({ running, connections, most_connections }: Activity): string[] {
  const blocking = new Set(running.flatMap(({ waits_for }) => waits_for));
  return [
    ...[...blocking].map((pid) => `${pid} keeps others waiting: select pg_terminate_backend(${pid}) ends it`),
    ...(connections >= fullShare * most_connections
      ? [
          `${connections} of ${most_connections} connections are taken: make DATABASE_POOL_SIZE smaller, or max_connections larger`,
        ]
      : []),
  ];
}
