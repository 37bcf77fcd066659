import { type Command, Option } from 'commander';
import { kinds } from '../memory.ts';
import { analyse, analysisLines } from './analyse.ts';
import { type AdminContext, type CommonOptions, report, withDatabase } from './context.ts';
import { changeGraph, graphLines } from './graph.ts';
import { indexLines, readIndexes } from './indexes.ts';
import { pageLines, readPage } from './list.ts';
import { optimise, optimiseLines } from './optimise.ts';
import { databaseCommand, whole } from './options.ts';
import { readSummary, summaryLines } from './summary.ts';

interface ListArguments extends CommonOptions {
  user?: string;
  kind?: string;
  page: number;
  limit: number;
}

/** The verbs that tell something, and change no memory. */
export function readCommands(context: AdminContext): Command[] {
  return [
    databaseCommand('summary')
      .description('how many memories there are, of whom, how large')
      .option('--top <n>', 'users to name', whole(0), 10)
      .action((options: CommonOptions & { top: number }) =>
        withDatabase(context, options, async (client) => {
          const summary = await readSummary(client, options.top);
          await report(context, options, summary, summaryLines(summary));
        }),
      ),
    databaseCommand('list')
      .description('the memories, newest first')
      .option('--user <id>', 'only of this user')
      .addOption(new Option('--kind <kind>', 'only of this kind').choices(kinds))
      .option('--page <n>', 'from 1', whole(1), 1)
      .option('--limit <n>', 'memories on a page', whole(1), 20)
      .action((options: ListArguments) =>
        withDatabase(context, options, async (client) => {
          const { user, kind, page, limit } = options;
          const found = await readPage(client, { userId: user, kind, page, limit });
          await report(context, options, found, pageLines(found));
        }),
      ),
    databaseCommand('index')
      .description('the indexes: size, scans, whether they can be used')
      .option(
        '--graph',
        'make the graph of all vectors with EMBEDDINGS_DIMENSIONS dimensions (pgvector); nobody is blocked',
      )
      .option('--no-graph', 'drop it; nobody is blocked')
      .action((options: CommonOptions & { graph?: boolean }) =>
        options.graph === undefined
          ? withDatabase(context, options, async (client) => {
              const indexes = await readIndexes(client);
              await report(context, options, indexes, indexLines(indexes));
            })
          : changeGraphOf(context, options, options.graph),
      ),
    databaseCommand('optimise')
      .description('vacuum, make missing indexes, and bloated ones anew; nobody is blocked')
      .action((options: CommonOptions) =>
        withDatabase(context, options, async (client) => {
          const optimised = await optimise(client);
          await report(context, options, optimised, optimiseLines(optimised));
        }),
      ),
    databaseCommand('analyse')
      .description('renew the statistics; tables, memory, slowest statements')
      .option('--top <n>', 'statements to name', whole(0), 5)
      .action((options: CommonOptions & { top: number }) =>
        withDatabase(context, options, async (client) => {
          const analysis = await analyse(client, options.top);
          await report(context, options, analysis, analysisLines(analysis));
        }),
      ),
  ];
}

function changeGraphOf(context: AdminContext, options: CommonOptions, wanted: boolean): Promise<void> {
  const { dimensions } = context.embedder();
  return withDatabase(context, options, async (client) => {
    const done = await changeGraph(client, dimensions, wanted);
    await report(context, options, done, graphLines(done));
  });
}
