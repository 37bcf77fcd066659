import { createInterface } from 'node:readline/promises';
import type { Client } from 'pg';
import type { AdminContext } from './context.ts';
import { AdminError, UsageError } from './exit.ts';
import { counted } from './output.ts';

export interface ClearOptions {
  /** Undefined: everybody's. */
  userId: string | undefined;
  /** The answer is yes; nobody is asked. */
  yes: boolean;
}

/**
 * Deletes the memories of a user or all, after their name or the database's was typed. Gives how many went.
 *
 * @throws UsageError when there is nobody to ask; AdminError when something else was typed
 */
export async function clearMemories(
  client: Client,
  context: Pick<AdminContext, 'input' | 'err' | 'isTerminal'>,
  { userId, yes }: ClearOptions,
): Promise<number> {
  if (!yes) await ask(client, context, userId);
  const { rowCount } = await client.query('delete from memories where $1::text is null or user_id = $1', [
    userId ?? null,
  ]);
  return rowCount ?? 0;
}

async function ask(
  client: Client,
  { input, err, isTerminal }: Pick<AdminContext, 'input' | 'err' | 'isTerminal'>,
  userId: string | undefined,
): Promise<void> {
  if (!isTerminal)
    throw new UsageError('clear asks before it deletes, and there is no terminal to ask at: give --yes');
  const { rows } = await client.query<{ count: number; name: string }>(
    `select count(*)::float8 as count, current_database() as name from memories
     where $1::text is null or user_id = $1`,
    [userId ?? null],
  );
  const { count, name } = rows[0]!;
  const whose = userId === undefined ? `everybody in the database ${name}` : `the user ${userId}`;
  const expected = userId ?? name;
  const typed = await question(input, err, [
    `${counted(count, 'memory', 'memories')} of ${whose} will be deleted for good.`,
    `Type ${expected} to go on: `,
  ]);
  if (typed !== expected) throw new AdminError(`expected "${expected}", got "${typed}": nothing was deleted`);
}

/** An input that ends without an answer is an empty one. */
async function question(
  input: AdminContext['input'],
  err: AdminContext['err'],
  lines: readonly string[],
): Promise<string> {
  const terminal = createInterface({ input, output: err });
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    return (await Promise.race([terminal.question(lines.join('\n')), ended])).trim();
  } finally {
    terminal.close();
  }
}
