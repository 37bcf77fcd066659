import type { Client } from 'pg';
import { type EmbeddingType, embeddingTypeOf } from '../storage/vector-index.ts';

/** What the migrations make, beside the indexes of constraints: whoever dropped one gets it from here, for no migration runs twice. */
const ofSchema: readonly { name: string; on: string; only?: EmbeddingType }[] = [
  { name: 'memories_by_user', on: 'memories (user_id, created_at desc, id desc)' },
  { name: 'memories_by_kind', on: 'memories (user_id, kind, created_at desc, id desc)' },
  { name: 'memories_by_words', on: 'memories using gin (words)' },
  {
    name: 'memories_by_embedding',
    on: 'memories (user_id, embedded_by) include (id) where embedding is not null',
    only: 'bytea',
  },
  { name: 'memories_pending', on: 'memories (created_at, id) where embedding is null' },
  { name: 'api_keys_by_user', on: 'api_keys (user_id)' },
];

/**
 * Makes the indexes that are not there, while others write, and gives their names. One that is broken is there.
 *
 * @throws Error when the migrations have not been run
 */
export async function makeMissingIndexes(client: Client): Promise<string[]> {
  const type = await embeddingTypeOf(client);
  const made: string[] = [];
  for (const { name, on, only = type } of ofSchema) {
    if (only !== type || (await isThere(client, name))) continue;
    await client.query(`create index concurrently if not exists ${name} on ${on}`);
    made.push(name);
  }
  return made;
}

async function isThere(client: Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    name,
  ]);
  return rows[0]!.there;
}
