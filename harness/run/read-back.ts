import pg from 'pg';
import type { ReadBackEntry } from '../journal/entry.ts';
import { readJournal } from '../journal/read.ts';
import type { Scenario } from '../scenario/scenario.ts';

export interface ReadBackOptions {
  writes: NonNullable<Scenario['writes']>;
  /** Straight to the database, past its link. */
  databaseUrl: string;
  targetUrl: string;
  acknowledged: Iterator<Acknowledged>;
  nowMs(): number;
  signal: AbortSignal;
  onEntry(entry: ReadBackEntry): void;
}

const atOnce = 12;
const timeoutMs = 5000;

/** A write that has to be there. */
export interface Acknowledged {
  key: string;
  value: string;
}

/** From the journal on disk, one at a time: a long run has more of them than memory should hold. */
export function* acknowledgedWrites(folder: string): Generator<Acknowledged> {
  for (const entry of readJournal(folder)) {
    if (entry.kind !== 'write' || entry.outcome !== 'acknowledged' || entry.key === undefined) continue;
    yield { key: entry.key, value: entry.value };
  }
}

type Found = Pick<ReadBackEntry, 'found' | 'detail'>;

/** Reads every acknowledged write from the database and through the target, and compares its contents. */
export async function readBack(options: ReadBackOptions): Promise<void> {
  const pool = new pg.Pool({ connectionString: options.databaseUrl, max: atOnce, query_timeout: timeoutMs });
  pool.on('error', () => {});
  try {
    await Promise.all(Array.from({ length: atOnce }, () => drain(pool, options)));
  } finally {
    await pool.end();
  }
}

async function drain(pool: pg.Pool, options: ReadBackOptions): Promise<void> {
  for (let next = options.acknowledged.next(); !next.done; next = options.acknowledged.next()) {
    const { key, value } = next.value;
    options.signal.throwIfAborted();
    const tell = (from: ReadBackEntry['from'], found: Found) =>
      options.onEntry({ kind: 'read-back', atMs: options.nowMs(), key, from, ...found });
    const database = fromDatabase(pool, options.writes.sql, key, value);
    const api = fromApi(options, key, value);
    tell('database', await database);
    tell('api', await api);
  }
}

async function fromDatabase(pool: pg.Pool, sql: string, key: string, value: string): Promise<Found> {
  try {
    const { rows } = await pool.query<unknown[]>({ text: sql, values: [key], rowMode: 'array' });
    return rows.length === 0 ? { found: 'missing' } : compare(rows[0]![0], value);
  } catch (error) {
    return { found: 'unreadable', detail: (error as Error).message };
  }
}

async function fromApi(
  { writes, targetUrl, signal }: ReadBackOptions,
  key: string,
  value: string,
): Promise<Found> {
  const url = targetUrl + writes.path.replaceAll('{key}', encodeURIComponent(key));
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    if (answer.status === 404) return { found: 'missing' };
    if (!answer.ok) return { found: 'unreadable', detail: `${writes.path} answered ${answer.status}` };
    return compare(fieldOf(await answer.json(), writes.field), value);
  } catch (error) {
    return { found: 'unreadable', detail: (error as Error).message };
  }
}

function compare(found: unknown, sent: string): Found {
  if (found === sent) return { found: 'same' };
  return {
    found: 'different',
    detail: `sent ${JSON.stringify(sent)}, found ${JSON.stringify(found)}`.slice(0, 300),
  };
}

function fieldOf(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | null)?.[name], body);
}
