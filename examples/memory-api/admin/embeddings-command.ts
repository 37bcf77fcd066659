import { Command } from 'commander';
import { cacheLines, changing } from './cache.ts';
import { type AdminContext, type CommonOptions, report, withDatabase } from './context.ts';
import { embeddingsLines, readEmbeddings, renewEmbeddings } from './embeddings.ts';
import { databaseCommand } from './options.ts';
import { counted } from './output.ts';

/** What is to be done when the model, or its number of dimensions, is another one than before. */
export function embeddingsCommand(context: AdminContext): Command {
  return new Command('embeddings')
    .description('the embeddings, and whether they fit the settings')
    .addCommand(
      databaseCommand('check')
        .description('of which dimensions they are, and whether the model is still the same')
        .action((options: CommonOptions) =>
          withDatabase(context, options, async (client) => {
            const state = await readEmbeddings(client, context.embedder());
            await report(context, options, state, embeddingsLines(state));
          }),
        ),
    )
    .addCommand(
      databaseCommand('renew')
        .description('have them made anew by a running service, which has the new settings')
        .option('--all', 'of all memories: the model is another one')
        .option('--others', 'of those that have not EMBEDDINGS_DIMENSIONS dimensions')
        .action(async (options: CommonOptions & { all?: boolean; others?: boolean }, command) => {
          if (Boolean(options.all) === Boolean(options.others))
            command.error('error: expected either --all or --others');
          await renew(context, options);
        }),
    );
}

async function renew(context: AdminContext, options: CommonOptions & { all?: boolean }): Promise<void> {
  const except = options.all ? undefined : context.embedder().dimensions;
  const { result: pending, cache } = await changing(context, () =>
    withDatabase(context, options, (client) => renewEmbeddings(client, except)),
  );
  const lines = [
    `${counted(pending, 'memory waits', 'memories wait')} for an embedding;`,
    'until it is there they are found by their words',
    ...cacheLines(cache),
  ];
  await report(context, options, { pending, cache }, lines);
}
