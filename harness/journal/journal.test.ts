import { appendFileSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scenarioFixture } from '../scenario/fixtures.ts';
import type { Entry, RunEntry } from './entry.ts';
import { journalFile, openJournal } from './journal.ts';
import { readJournal } from './read.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ordeal-journal-'));
  path = join(folder, journalFile);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const first: RunEntry = {
  kind: 'run',
  atMs: 1,
  format: 1,
  id: 'a',
  scenario: scenarioFixture(),
  seed: 1,
  stack: 'local',
  versions: {},
  machine: { os: 'Linux', cpus: 2, memoryBytes: 1 },
  replay: 'npx ordeal run fixture',
};
const step = (text: string): Entry => ({ kind: 'step', atMs: 2, text });

function write(...entries: Entry[]): void {
  using journal = openJournal(folder);
  for (const entry of entries) journal.append(entry);
}

describe('the journal', () => {
  it('gives back what was appended, also beyond one chunk and across its edge', () => {
    const many = Array.from({ length: 3000 }, (_, n) => step(`ü${'x'.repeat(997)}${n}`));
    write(first, ...many);
    expect(statSync(path).size).toBeGreaterThan(2 * 1024 * 1024);
    expect([...readJournal(folder)]).toEqual([first, ...many]);
  });

  it('has an important entry on disk at once', () => {
    using journal = openJournal(folder);
    journal.append(first);
    expect([...readJournal(folder)]).toEqual([first]);
  });

  it('is never written over', () => {
    write(first);
    expect(() => openJournal(folder)).toThrow('EEXIST');
  });

  it.each([1, 5, 20])('passes over a last line cut off %i bytes before its end', (bytes) => {
    write(first, step('one'), step('two'));
    truncateSync(path, statSync(path).size - bytes);
    expect([...readJournal(folder)]).toEqual([first, step('one')]);
  });

  it('names a broken line in the middle', () => {
    write(first);
    appendFileSync(path, '{"kind":\n{"kind":"step"}\n');
    expect(() => [...readJournal(folder)]).toThrow('Line 2');
  });

  it.each([
    ['no file', undefined, 'There is no journal'],
    ['an empty file', '', 'is empty'],
    ['another format', '{"kind":"run","format":2}\n', 'not of format 1'],
  ])('%s', (_, text, message) => {
    if (text !== undefined) writeFileSync(path, text);
    expect(() => [...readJournal(folder)]).toThrow(message);
  });
});
