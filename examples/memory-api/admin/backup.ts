import { stat } from 'node:fs/promises';
import type { Client } from 'pg';
import type { ToolPlaces } from './context.ts';
import { AdminError } from './exit.ts';
import { newFile } from './new-file.ts';
import { findTool, libpqEnvironment } from './tools.ts';

export interface BackupOptions {
  /** Of the database of the client. */
  url: string;
  tools: ToolPlaces;
  file: string;
}

/**
 * The whole database as it is at one moment, in the custom format of `pg_dump`. Owners and rights are left out: the one
 * who restores it becomes the owner. Gives the size of the file in bytes.
 *
 * @throws AdminError when the file is there already, or with what `pg_dump` said
 */
export async function backup(client: Client, { url, tools, file }: BackupOptions): Promise<number> {
  await newFile(file, async (partial) => {
    const tool = await findTool(client, tools, 'pg_dump');
    const what = ['--format=custom', '--no-owner', '--no-privileges', '--no-password', `--file=${partial}`];
    const { code, output } = await tool.run(what, { environment: libpqEnvironment(url) });
    if (code !== 0)
      throw new AdminError(`no backup was made, ${tool.path} ended with ${code}:\n${output.trim()}`);
  });
  return (await stat(file)).size;
}
