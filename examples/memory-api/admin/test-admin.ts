import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../migrate.ts';
import type { TestServer } from '../test-servers.ts';

export const mainFile = join(import.meta.dirname, 'main.ts');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  input?: string;
  /** Before the script. */
  nodeArgs?: readonly string[];
}

/** memory-admin as a process of its own, to its end. */
export async function admin(url: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = startAdmin(url, args, options);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.setEncoding('utf8').on('data', (text) => {
      texts[name] += text;
    });
  child.stdin!.on('error', () => {});
  child.stdin!.end(options.input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

export function startAdmin(
  url: string,
  args: readonly string[],
  { env = {}, nodeArgs = [] }: RunOptions = {},
): ChildProcess {
  return spawn(process.execPath, [...nodeArgs, mainFile, ...args], {
    // Redis may run on this machine, and is none of their business; 16: as `fill` has them.
    env: {
      ...{ PATH: process.env.PATH, DATABASE_URL: url, CACHE_ENABLED: 'false', EMBEDDINGS_DIMENSIONS: '16' },
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

export interface AdminDatabase extends AsyncDisposable {
  url: string;
  client: pg.Client;
}

/** A new database on the server; `migrations`: how many of them, when not all. */
export async function newDatabase(
  server: TestServer,
  { schema = true, migrations }: { schema?: boolean; migrations?: number } = {},
): Promise<AdminDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = server.url.replace(/[^/]+$/, name);
  await runOnce(server.url, `create database ${name}`);
  if (schema) {
    const pool = new pg.Pool({ connectionString: url });
    pool.on('error', () => {});
    await migrate(pool, migrations === undefined ? {} : { count: migrations }).finally(() => pool.end());
  }
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return { url, client, [Symbol.asyncDispose]: () => client.end() };
}

async function runOnce(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

/** Memories of user-0..user-6 with microseconds, every kind, odd characters; each seventh has no embedding yet. */
export async function fill(client: pg.Client, count: number, fillerCharacters = 0): Promise<void> {
  const { rows } = await client.query<{ type: string }>(
    `select format_type(atttypid, null) as type from pg_attribute
     where attrelid = 'memories'::regclass and attname = 'embedding'`,
  );
  const values = 'array(select sin(n * place)::real from generate_series(1, 16) as place)';
  const embedding = rows[0]?.type === 'vector' ? `${values}::vector` : `embedding_to_bytes(${values})`;
  await client.query(
    `insert into memories (id, user_id, kind, content, metadata, created_at, embedding)
     select md5(n::text)::uuid, 'user-' || n % 7, (array['fact', 'intervention', 'reflection'])[1 + n % 3],
       E'note "' || n || E'"\\n\\\\ é 🦊', jsonb_build_object('n', n, 'filler', repeat('x', $2::int)),
       timestamptz '2026-01-01 00:00:00.000001Z' + n * interval '1.000001 s',
       case when n % 7 <> 0 then ${embedding} end
     from generate_series(1, $1::int) as n`,
    [count, fillerCharacters],
  );
}

/** Every row as text, without the numbers of transactions, by id. */
export async function allRows(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    "select (to_jsonb(memories) - 'embedded_by')::text as line from memories order by id",
  );
  return rows.map(({ line }) => line);
}

export async function countOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>('select count(*)::int as count from memories');
  return rows[0]!.count;
}
