import type { Client } from 'pg';
import { type Columns, readColumns } from './columns.ts';
import { AdminError } from './exit.ts';
import { BatchWriter, type Refused, type Row, type Written } from './import-batch.ts';
import { parseRow } from './import-row.ts';
import { type Line, readLines } from './lines.ts';
import { type Manifest, readManifest } from './manifest.ts';

export interface ImportOptions {
  /** Lines that are written together or not at all. */
  batchSize: number;
  /** How many every embedding has to have; any, when it is not given. */
  dimensions?: number | undefined;
  /** Everything is tried and taken back. */
  dryRun: boolean;
  /** Told of each line that is wrong, in order. */
  onRefused: (refused: Refused) => void;
}

export interface ImportResult extends Written {
  /** Lines after the manifest that hold something. */
  lines: number;
  /** Lines that are wrong. */
  refused: number;
  /** Lines that are right, and were not written because of a wrong one in their batch. */
  held_back: number;
  /** What the manifest says. */
  expected: number;
}

/**
 * Makes the memories what the lines say: a new id is inserted, a known one is made equal, so the same file twice gives the
 * same rows; where a line has no embedding yet, one that was made since of the same content stays. Each batch is one
 * transaction; one with a wrong line is left out as a whole, and the others are not.
 *
 * @throws AdminError when the file is no export or does not fit the table, and the error of the database
 */
export async function importMemories(
  client: Client,
  input: AsyncIterable<Buffer>,
  options: ImportOptions,
): Promise<ImportResult> {
  const lines = readLines(input);
  const first = await lines.next();
  const manifest = readManifest(first.done ? undefined : first.value.text);
  const writer = new BatchWriter(client, await wantedColumns(client, manifest), options.dryRun);
  const result = { lines: 0, refused: 0, held_back: 0, expected: manifest.count };
  const written: Written = { inserted: 0, updated: 0, unchanged: 0 };

  for await (const batch of batches(lines, options.batchSize)) {
    result.lines += batch.length;
    const { rows, refused } = sort(batch, options.dimensions);
    const done = refused.length > 0 ? { refused } : await writer.write(rows);
    if ('refused' in done) {
      for (const one of done.refused) options.onRefused(one);
      result.refused += done.refused.length;
      result.held_back += batch.length - done.refused.length;
    } else {
      written.inserted += done.inserted;
      written.updated += done.updated;
      written.unchanged += done.unchanged;
    }
  }
  return { ...result, ...written };
}

/** @throws AdminError when the file holds what the table cannot */
async function wantedColumns(client: Client, { columns }: Manifest): Promise<Columns> {
  const { own, transactionIds } = await readColumns(client);
  const missing = columns.filter((name) => !own.some((column) => column.name === name));
  if (missing.length > 0)
    throw new AdminError(
      `the file holds ${missing.join(', ')}, which the table memories does not have: run node migrate.ts first`,
    );
  return { own: own.filter(({ name }) => columns.includes(name)), transactionIds };
}

async function* batches(lines: AsyncIterable<Line>, size: number): AsyncGenerator<Line[]> {
  let batch: Line[] = [];
  for await (const line of lines) {
    if (line.text?.trim() === '') continue;
    batch.push(line);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function sort(batch: readonly Line[], dimensions: number | undefined): { rows: Row[]; refused: Refused[] } {
  const rows: Row[] = [];
  const refused: Refused[] = [];
  for (const line of batch) {
    const parsed = parseRow(line, dimensions);
    if ('problem' in parsed) refused.push(parsed);
    else rows.push(parsed);
  }
  return { rows, refused };
}
