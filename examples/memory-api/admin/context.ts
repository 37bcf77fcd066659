import type { Readable, Writable } from 'node:stream';
import type { Client } from 'pg';
import type { CacheConfig } from '../config.ts';
import type { BatchEmbedder } from '../embeddings/http-embedder.ts';
import { type AdminDatabaseOptions, connected } from './database.ts';
import { write } from './output.ts';

/** What every verb works with. */
export interface AdminContext {
  out: Writable;
  /** Progress, notes, questions. */
  err: Writable;
  input: Readable;
  /** Whether a person can be asked. */
  isTerminal: boolean;
  /**
   * From the configuration; `givenUrl` goes before what is there.
   *
   * @throws ConfigError
   */
  databaseOf: (givenUrl: string | undefined) => AdminDatabaseOptions;
  /** Where running services keep what they know of memories. @throws ConfigError */
  cacheOf: () => Pick<CacheConfig, 'enabled' | 'url'>;
  /** The one of the settings. @throws ConfigError */
  embedder: () => BatchEmbedder;
  /** Where a service with these settings listens. @throws ConfigError */
  serviceUrl: () => string;
  tools: ToolPlaces;
}

export interface ToolPlaces {
  /** The folders of PATH, in their order. */
  searchPath: readonly string[];
  /** `PG_BIN`: the folder of the tools of PostgreSQL. */
  toolFolder: string | undefined;
}

/** What every verb that needs the database can be given. */
export interface CommonOptions {
  databaseUrl?: string;
  json?: boolean;
}

/** Runs `work` on a connection to the database that was meant. */
export function withDatabase<R>(
  context: AdminContext,
  { databaseUrl }: CommonOptions,
  work: (client: Client, url: string) => Promise<R>,
): Promise<R> {
  const database = context.databaseOf(databaseUrl);
  return connected(database, (client) => work(client, database.url));
}

/** Prints `value` for programs or the lines for people. */
export async function report(
  context: AdminContext,
  { json }: CommonOptions,
  value: unknown,
  lines: readonly string[],
): Promise<void> {
  await write(context.out, json ? `${JSON.stringify(value, undefined, 2)}\n` : `${lines.join('\n')}\n`);
}
