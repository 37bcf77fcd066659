import { Command } from 'commander';
import { ApiKeys, type ListedKey } from '../http/api-keys.ts';
import { textProblems, userIdProblems, uuid } from '../http/validators.ts';
import { type AdminContext, type CommonOptions, report, withDatabase } from './context.ts';
import { UsageError } from './exit.ts';
import { databaseCommand } from './options.ts';
import { printable } from './output.ts';

/** The API keys of the service. */
export function keysCommand(context: AdminContext): Command {
  return new Command('key')
    .description('the API keys')
    .addCommand(
      databaseCommand('issue')
        .description('make a key, and print it: nobody can see it again')
        .argument('<name>', 'what it is for')
        .option('--user <id>', 'whose it is; without, it acts for every user')
        .action(async (name: string, options: CommonOptions & { user?: string }) => {
          refuseUnusable(name, options.user);
          await withDatabase(context, options, async (client) => {
            const issued = await new ApiKeys(client).issue(name, options.user);
            await report(context, options, issued, [issued.key]);
          });
        }),
    )
    .addCommand(
      databaseCommand('list')
        .description('all keys, without the keys themselves')
        .action((options: CommonOptions) =>
          withDatabase(context, options, async (client) => {
            const keys = await new ApiKeys(client).list();
            await report(context, options, keys, keyLines(keys));
          }),
        ),
    )
    .addCommand(
      databaseCommand('revoke')
        .description('refuse a key from now on; a running service may take it for half a minute more')
        .argument('<id>', 'as `key list` tells it')
        .action(async (id: string, options: CommonOptions) => {
          if (!uuid.test(id))
            throw new UsageError(`expected the id of a key, a UUID, and got "${printable(id)}"`);
          await withDatabase(context, options, async (client) => {
            if (!(await new ApiKeys(client).revoke(id)))
              throw new Error(`there is no key ${id} that could be revoked: see memory-admin key list`);
            await report(context, options, { revoked: id }, [`revoked ${id}`]);
          });
        }),
    );
}

/** As the table has it. */
const longestName = 128;

/** @throws UsageError with all that the table would refuse, and say less helpfully */
function refuseUnusable(name: string, userId: string | undefined): void {
  const problems = [
    ...textProblems('name', name, { maxCharacters: longestName }),
    ...(userId === undefined ? [] : userIdProblems('--user', userId)),
  ];
  if (problems.length > 0)
    throw new UsageError(problems.map(({ field, problem }) => `${field}: ${problem}`).join('\n'));
}

function keyLines(keys: readonly ListedKey[]): string[] {
  return keys.map(({ id, name, userId, createdAt, revokedAt }) => {
    const since = createdAt.toISOString().slice(0, 10);
    const whose = userId === undefined ? 'every user' : printable(userId);
    return `${id}  ${since}  ${revokedAt ? 'revoked' : 'good'.padEnd(7)}  ${printable(name)}, for ${whose}`;
  });
}
