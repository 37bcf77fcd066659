import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { UsageError } from '../errors.ts';
import type { Entry } from './entry.ts';
import { journalFile } from './journal.ts';

const chunkBytes = 1024 * 1024;

/**
 * Entries of a run's journal in the order they were written, read in chunks, so that a long run needs no more
 * memory than a short one. A last line without its newline is what `kill -9` leaves and is passed over.
 * @throws UsageError when there is no journal, when a line in the middle is not JSON, or when the format is unknown.
 */
export function* readJournal(folder: string): Generator<Entry> {
  let number = 0;
  for (const line of lines(join(folder, journalFile))) {
    number += 1;
    const entry = parse(line, number, folder);
    if (number === 1 && (entry.kind !== 'run' || entry.format !== 1)) {
      throw new UsageError(
        `The journal in ${folder} is not of format 1: use the version of ordeal that wrote it.`,
      );
    }
    yield entry;
  }
  if (number === 0) throw new UsageError(`The journal in ${folder} is empty: the run ended before it began.`);
}

function parse(line: string, number: number, folder: string): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    throw new UsageError(
      `Line ${number} of ${join(folder, journalFile)} is not JSON. A journal is append-only: restore the file or run again.`,
    );
  }
}

function* lines(path: string): Generator<string> {
  const file = open(path);
  try {
    const decoder = new StringDecoder('utf8');
    const chunk = Buffer.alloc(chunkBytes);
    let rest = '';
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      const parts = (rest + decoder.write(chunk.subarray(0, size))).split('\n');
      rest = parts.pop() ?? '';
      yield* parts;
    }
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch {
    throw new UsageError(
      `There is no journal at ${path}. Give the folder of a run: runs/<scenario>/<started-at>.`,
    );
  }
}
