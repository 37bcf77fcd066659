import type { Client } from 'pg';
import type { BatchEmbedder } from '../embeddings/http-embedder.ts';
import { dimensionsSql, embeddingTypeOf } from '../storage/vector-index.ts';
import { exported, readColumns } from './columns.ts';
import { table } from './output.ts';

export interface EmbeddingsState {
  model: string;
  dimensions: number;
  /** Memories that wait for an embedding. */
  pending: number;
  by_dimensions: { dimensions: number; memories: number }[];
  /** Some memories, embedded anew to compare; null when the provider did not answer. */
  sample: { compared: number; same: number } | null;
}

/** So many are embedded anew, chosen at random. */
const sampleSize = 20;
/** A cosine: what one model says of one text twice may differ in its last digits. */
const sameFrom = 0.99;

/**
 * Of which dimensions the embeddings are, and, since nothing says which model made them, whether the one of the
 * settings would make the same today. Reads the whole table.
 */
export async function readEmbeddings(client: Client, embedder: BatchEmbedder): Promise<EmbeddingsState> {
  const dimensionsOf = dimensionsSql(await embeddingTypeOf(client));
  const { rows } = await client.query<{ dimensions: number | null; memories: number }>(
    `select ${dimensionsOf} as dimensions, count(*)::float8 as memories from memories group by 1 order by 1`,
  );
  const { model, dimensions } = embedder;
  return {
    model,
    dimensions,
    pending: rows.find((row) => row.dimensions === null)?.memories ?? 0,
    by_dimensions: rows.filter((row): row is typeof row & { dimensions: number } => row.dimensions !== null),
    sample: await compare(client, embedder, dimensionsOf),
  };
}

async function compare(
  client: Client,
  embedder: BatchEmbedder,
  dimensionsOf: string,
): Promise<EmbeddingsState['sample']> {
  const embedding = (await readColumns(client)).own.find(({ name }) => name === 'embedding')!;
  const { rows } = await client.query<{ content: string; embedding: number[] }>(
    `select content, ${exported(embedding)} as embedding from memories
     where ${dimensionsOf} = $1 order by random() limit $2`,
    [embedder.dimensions, sampleSize],
  );
  if (rows.length === 0) return { compared: 0, same: 0 };
  const fresh = await embedder.embedAll(rows.map(({ content }) => content)).catch(() => undefined);
  if (!fresh) return null;
  const same = rows.filter(({ embedding }, at) => cosine(embedding, fresh[at]!) >= sameFrom).length;
  return { compared: rows.length, same };
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, at) => sum + value * y[at]!, 0);
  const lengths = Math.sqrt(dot(a, a) * dot(b, b));
  // A text without a word has the zero vector, and has it again.
  return lengths === 0 ? Number(dot(a, a) === dot(b, b)) : dot(a, b) / lengths;
}

export function embeddingsLines(it: EmbeddingsState): string[] {
  const others = it.by_dimensions.filter(({ dimensions }) => dimensions !== it.dimensions);
  const changed = it.sample !== null && it.sample.same < it.sample.compared;
  return [
    `settings  ${it.model}, ${it.dimensions} dimensions`,
    `pending   ${it.pending}`,
    `sample    ${describeSample(it.sample)}`,
    '',
    ...table(
      ['DIMENSIONS', 'MEMORIES'],
      it.by_dimensions.map(({ dimensions, memories }) => [dimensions, memories]),
    ),
    ...(others.length > 0
      ? [
          '',
          'A search by meaning does not find those of other dimensions:',
          'memory-admin embeddings renew --others',
        ]
      : []),
    ...(changed
      ? [
          '',
          'Some were made by another model than that of the settings:',
          'memory-admin embeddings renew --all',
        ]
      : []),
  ];
}

function describeSample(sample: EmbeddingsState['sample']): string {
  if (sample === null) return 'the provider of embeddings does not answer, so nothing was compared';
  return `${sample.same} of ${sample.compared} are as the provider makes them today`;
}

/** Rows that are held by one statement. */
const batchSize = 5000;

/**
 * Takes the embeddings from all memories, or from those that have another number of dimensions, so that a running
 * service makes them anew; until then they are found by their words. Those that are made meanwhile stay. Gives how many.
 */
export async function renewEmbeddings(client: Client, except: number | undefined): Promise<number> {
  const dimensionsOf = dimensionsSql(await embeddingTypeOf(client));
  const { rows } = await client.query<{ now: string }>('select pg_current_xact_id()::text as now');
  let renewed = 0;
  for (;;) {
    const { rowCount } = await client.query(
      `update memories set embedding = null, embedded_by = pg_current_xact_id()
       where id = any(array(
         select id from memories
         where embedding is not null and embedded_by < $1::xid8
           and ($2::int is null or ${dimensionsOf} <> $2) limit ${batchSize}
       ))`,
      [rows[0]!.now, except ?? null],
    );
    renewed += rowCount ?? 0;
    if (!rowCount) return renewed;
  }
}
