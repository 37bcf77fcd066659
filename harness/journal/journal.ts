import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { HarnessError } from '../errors.ts';
import type { Entry } from './entry.ts';

export const journalFile = 'journal.ndjson';

/** Kinds that come by the hundred a second; they may wait for up to `flushMs` in memory. */
const frequent = new Set<Entry['kind']>([
  'request',
  'check',
  'span',
  'link',
  'load',
  'telemetry',
  'machine',
  'write',
  'read-back',
]);
const flushMs = 100;
const flushBytes = 64 * 1024;

/** The append-only record of a run. What was appended before a `kill -9` is on disk but for the last 100 ms. */
export interface Journal extends Disposable {
  append(entry: Entry): void;
}

/**
 * After a write that failed (the disk is full) nothing more is written, so that what is there can be read.
 * @param onFailure told once, with a HarnessError
 * @throws HarnessError when the file cannot be made.
 */
export function openJournal(folder: string, onFailure: (error: HarnessError) => void = () => {}): Journal {
  const path = join(folder, journalFile);
  const file = open(path);
  let waiting = '';
  let failed = false;
  const flush = () => {
    if (failed) return;
    let rest = Buffer.from(waiting);
    waiting = '';
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
    } catch (cause) {
      failed = true;
      onFailure(cannotWrite(path, cause));
    }
  };
  const timer = setInterval(flush, flushMs).unref();
  return {
    append(entry) {
      if (failed) return;
      waiting += `${JSON.stringify(entry)}\n`;
      if (!frequent.has(entry.kind) || waiting.length > flushBytes) flush();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      flush();
      closeSync(file);
    },
  };
}

function open(path: string): number {
  try {
    return openSync(path, 'ax');
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

function cannotWrite(path: string, cause: unknown): HarnessError {
  const { message } = cause as Error;
  return new HarnessError(`The journal ${path} cannot be written: ${message}. Free the disk and run again.`, {
    cause,
  });
}
