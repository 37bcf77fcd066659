import type { Client } from 'pg';
import {
  buildVectorIndex,
  dropVectorIndex,
  embeddingTypeOf,
  vectorIndexName,
} from '../storage/vector-index.ts';
import { AdminError } from './exit.ts';
import { type Indexes, indexLines, readIndexes } from './indexes.ts';

/** What was done about the graph of all vectors, and the indexes as they are then. */
export interface GraphDone extends Indexes {
  graph: { name: string; done: 'made' | 'there' | 'dropped'; duration_ms: number };
}

/**
 * Makes the graph of all vectors with so many dimensions, or drops it, while the service runs.
 *
 * @throws AdminError when the server has no pgvector
 */
export async function changeGraph(client: Client, dimensions: number, wanted: boolean): Promise<GraphDone> {
  const type = await embeddingTypeOf(client);
  if (type !== 'vector')
    throw new AdminError(
      `a graph needs embeddings of pgvector, and memories.embedding is of type ${type}: ` +
        'install pgvector on the server, then node migrate.ts down and node migrate.ts',
    );
  const startedAtMs = performance.now();
  const done = wanted ? await buildVectorIndex(client, dimensions) : 'dropped';
  if (!wanted) await dropVectorIndex(client, dimensions);
  const duration_ms = Math.round(performance.now() - startedAtMs);
  return {
    graph: { name: vectorIndexName(dimensions), done, duration_ms },
    ...(await readIndexes(client)),
  };
}

export function graphLines({ graph, ...indexes }: GraphDone): string[] {
  const { name, done, duration_ms } = graph;
  const told = {
    made: `made in ${(duration_ms / 1000).toFixed(1)} s`,
    there: 'is there already',
    dropped: 'dropped',
  };
  return [`${name}: ${told[done]}`, '', ...indexLines(indexes)];
}
