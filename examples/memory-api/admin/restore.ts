import { open } from 'node:fs/promises';
import type { Client } from 'pg';
import type { BackupOptions } from './backup.ts';
import { readColumns } from './columns.ts';
import { AdminError } from './exit.ts';
import { findTool, libpqEnvironment, type Tool } from './tools.ts';

/** The first bytes of the custom format: https://github.com/postgres/postgres, src/bin/pg_dump/pg_backup_archiver.h */
const magic = 'PGDMP';

/**
 * Brings a backup into an empty database, all of it or nothing, and gives how many memories there are then.
 *
 * @throws AdminError when the file is no good, or the database is not empty, or with what `pg_restore` said
 */
export async function restore(client: Client, { url, tools, file }: BackupOptions): Promise<number> {
  await refuseOther(file);
  const tool = await findTool(client, tools, 'pg_restore');
  await refuseBroken(tool, file);
  await refuseFull(client);
  const environment = libpqEnvironment(url);
  const args = ['--single-transaction', '--exit-on-error', '--no-owner', '--no-privileges', '--no-comments'];
  const target = ['--no-password', `--dbname=${environment.PGDATABASE}`];
  const { code, output } = await tool.run([...args, ...target, file], { environment });
  if (code !== 0)
    throw new AdminError(`nothing was restored, ${tool.path} ended with ${code}:\n${output.trim()}`);
  await renewTransactionIds(client);
  await client.query('vacuum (analyze) memories');
  const { rows } = await client.query<{ count: number }>('select count(*)::float8 as count from memories');
  return rows[0]!.count;
}

async function refuseOther(file: string): Promise<void> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(magic.length), 0, magic.length, 0);
    const began = buffer.toString('latin1', 0, bytesRead);
    if (began !== magic)
      throw new AdminError(
        `${file} does not begin with ${magic}: expected a file made by memory-admin backup or pg_dump --format=custom`,
      );
  } finally {
    await handle.close();
  }
}

/** Reads it to its end: a file that was cut off is found out before anything is touched. */
async function refuseBroken(tool: Tool, file: string): Promise<void> {
  const listed = await tool.run(['--list', file]);
  if (listed.code !== 0) throw new AdminError(`${file} cannot be read:\n${listed.output.trim()}`);
  if (!/ TABLE DATA \S+ memories /.test(listed.output))
    throw new AdminError(`${file} holds no table memories: expected a backup of a memory API`);
  const read = await tool.run(['--file=-', file], { keepStdout: false });
  if (read.code !== 0) throw new AdminError(`${file} is damaged or cut off:\n${read.output.trim()}`);
}

/** What belongs to an extension does not count. */
async function refuseFull(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
       and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%'
       and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
     order by 1 limit 5`,
  );
  if (rows.length === 0) return;
  const names = rows.map(({ name }) => name).join(', ');
  throw new AdminError(
    `the database holds ${names}: expected an empty one.\nMake a new one with createdb, and give it by --database-url.`,
  );
}

/** The other server may have counted further: what seems to come from the future would be taken for new every time. */
async function renewTransactionIds(client: Client): Promise<void> {
  const { transactionIds } = await readColumns(client);
  for (const name of transactionIds)
    await client.query(
      `update memories set ${name} = pg_current_xact_id() where ${name} > pg_current_xact_id()`,
    );
}
