import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { backup } from './backup.ts';
import { cacheLines, changing } from './cache.ts';
import { clearMemories } from './clear.ts';
import { type AdminContext, type CommonOptions, report, withDatabase } from './context.ts';
import { AdminError } from './exit.ts';
import { exportMemories, exportToFile } from './export.ts';
import { type ImportResult, importMemories } from './import.ts';
import { databaseCommand, whole } from './options.ts';
import { bytes, counted } from './output.ts';
import { restore } from './restore.ts';

interface ImportArguments extends CommonOptions {
  dryRun?: boolean;
  anyDimensions?: boolean;
  batch: number;
}

/** More would hide the first ones; the count is told in any case. */
const refusedToName = 100;

/** The verbs that carry memories from one place to another, or remove them. */
export function dataCommands(context: AdminContext): Command[] {
  return [
    exportCommand(context),
    databaseCommand('import')
      .description('bring in an export; the same file twice changes nothing')
      .argument('<file>', 'made by export; - is stdin')
      .option('--dry-run', 'try everything, keep nothing')
      .option('--any-dimensions', 'also embeddings that have not EMBEDDINGS_DIMENSIONS dimensions')
      .option('--batch <n>', 'lines that are written together or not at all', whole(1), 500)
      .action((file: string, options: ImportArguments) => importFile(context, file, options)),
    databaseCommand('clear')
      .description('delete the memories of a user or all; asks first')
      .option('--user <id>', 'of this user')
      .option('--all', 'of everybody')
      .option('--yes', 'do not ask')
      .action(async (options: CommonOptions & { user?: string; all?: boolean; yes?: boolean }, command) => {
        if ((options.user === undefined) === !options.all)
          command.error('error: expected either --user <id> or --all');
        const what = { userId: options.user, yes: options.yes ?? false };
        const { result: deleted, cache } = await changing(context, () =>
          withDatabase(context, options, (client) => clearMemories(client, context, what)),
        );
        const lines = [`${counted(deleted, 'memory', 'memories')} deleted`, ...cacheLines(cache)];
        await report(context, options, { deleted, cache }, lines);
      }),
    databaseCommand('backup')
      .description('the whole database into a new file, by pg_dump')
      .argument('<file>')
      .action((file: string, options: CommonOptions) =>
        withDatabase(context, options, async (client, url) => {
          const size_bytes = await backup(client, { url, tools: context.tools, file });
          await report(context, options, { file, size_bytes }, [`${file}: ${bytes(size_bytes)}`]);
        }),
      ),
    databaseCommand('restore')
      .description('a backup into an empty database, by pg_restore')
      .argument('<file>', 'made by backup')
      .action(async (file: string, options: CommonOptions) => {
        const { result: memories, cache } = await changing(context, () =>
          withDatabase(context, options, (client, url) =>
            restore(client, { url, tools: context.tools, file }),
          ),
        );
        const lines = [`${counted(memories, 'memory', 'memories')} restored`, ...cacheLines(cache)];
        await report(context, options, { file, memories, cache }, lines);
      }),
  ];
}

function exportCommand(context: AdminContext): Command {
  return databaseCommand('export')
    .description('memories as lines of JSON, the first of which says what follows')
    .argument('[file]', 'a new file; stdout when none is given')
    .option('--user <id>', 'only of this user')
    .action((file: string | undefined, options: CommonOptions & { user?: string }) =>
      withDatabase(context, options, async (client) => {
        if (file === undefined) {
          await exportMemories(client, context.out, options.user);
        } else {
          const memories = await exportToFile(client, file, options.user);
          const lines = [`${file}: ${counted(memories, 'memory', 'memories')}`];
          await report(context, options, { file, memories }, lines);
        }
      }),
    );
}

async function importFile(context: AdminContext, file: string, options: ImportArguments): Promise<void> {
  const { dryRun = false, batch } = options;
  const dimensions = options.anyDimensions ? undefined : context.embedder().dimensions;
  let named = 0;
  const bringIn = () =>
    withDatabase(context, options, (client) =>
      importMemories(client, file === '-' ? context.input : createReadStream(file), {
        batchSize: batch,
        dimensions,
        dryRun,
        onRefused: ({ number, problem }) => {
          named += 1;
          if (named <= refusedToName) context.err.write(`line ${number}: ${problem}\n`);
        },
      }),
    );
  if (dryRun) {
    const result = await bringIn();
    await report(context, options, { dry_run: true, ...result }, [`would be: ${describe(result)}`]);
    return refuseIncomplete(file, result);
  }
  const { result, cache } = await changing(context, bringIn);
  const lines = [describe(result), ...cacheLines(cache)];
  await report(context, options, { dry_run: false, ...result, cache }, lines);
  refuseIncomplete(file, result);
}

function describe({ inserted, updated, unchanged }: ImportResult): string {
  return `${inserted} new, ${updated} changed, ${unchanged} as they were`;
}

/** @throws AdminError */
function refuseIncomplete(file: string, { refused, held_back, lines, expected }: ImportResult): void {
  if (refused > 0)
    throw new AdminError(
      `${counted(refused, 'line is', 'lines are')} wrong; with ${held_back} more of the same batches ` +
        'they were not written.\nMend them and import the file again: what was written stays as it is.',
    );
  if (lines !== expected)
    throw new AdminError(
      `${file} says that it holds ${counted(expected, 'memory', 'memories')}, and holds ${lines}: is it cut off?\n` +
        'What is there was written. Export it again, then import it again.',
    );
}
