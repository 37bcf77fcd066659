import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import pg, { type Client } from 'pg';
import { type Column, exported, readColumns } from './columns.ts';
import { inTransaction } from './database.ts';
import { type Manifest, manifestVersion } from './manifest.ts';
import { newFile } from './new-file.ts';
import { write } from './output.ts';

const rowsPerFetch = 200;

/**
 * Writes a manifest, then every memory as a line of JSON in the order of the ids, as they all are at one moment. Holds
 * no more than a few hundred of them, however many there are. Gives the count.
 */
export function exportMemories(client: Client, out: Writable, userId: string | undefined): Promise<number> {
  return inTransaction(client, 'begin isolation level repeatable read read only', async () => {
    // Times as UTC, and every digit that a number has.
    await client.query("set local timezone = 'UTC'; set local extra_float_digits = 1");
    const { own: columns } = await readColumns(client);
    const count = await countOf(client, userId);
    const manifest: Manifest = {
      format: 'memory-api-export',
      version: manifestVersion,
      count,
      user_id: userId ?? null,
      columns: columns.map(({ name }) => name),
      exported_at: new Date().toISOString(),
    };
    await write(out, `${JSON.stringify(manifest)}\n`);
    const where = userId === undefined ? '' : `where user_id = ${pg.escapeLiteral(userId)}`;
    await client.query(
      `declare export no scroll cursor for select ${asJson(columns)}::text as line from memories ${where} order by id`,
    );
    for (;;) {
      const { rows } = await client.query<{ line: string }>(`fetch ${rowsPerFetch} from export`);
      if (rows.length === 0) return count;
      await write(out, `${rows.map(({ line }) => line).join('\n')}\n`);
    }
  });
}

/** Likewise, into a new file. @throws AdminError when it is there already, and the error of the file system */
export function exportToFile(client: Client, file: string, userId: string | undefined): Promise<number> {
  return newFile(file, async (partial) => {
    const out = createWriteStream(partial);
    const written = finished(out);
    const [count] = await Promise.all([
      exportMemories(client, out, userId).finally(() => out.end()),
      written,
    ]);
    return count;
  });
}

async function countOf(client: Client, userId: string | undefined): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::float8 as count from memories where $1::text is null or user_id = $1',
    [userId ?? null],
  );
  return rows[0]!.count;
}

function asJson(columns: readonly Column[]): string {
  const parts = columns.map((column) => `${pg.escapeLiteral(column.name)}, ${exported(column)}`);
  return `json_build_object(${parts.join(', ')})`;
}
