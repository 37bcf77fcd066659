import { describe, expect, it } from 'vitest';
import type { Entry } from '../journal/entry.ts';
import { at, change, healthyJournal } from '../observe/fixtures/journal.ts';
import { judged } from './fixtures/judged.ts';
import { judge } from './judge.ts';

type Found = Extract<Entry, { kind: 'read-back' }>['found'];
const healthy = healthyJournal();

/** `key-9` is found so in one place; undefined: nobody looked. */
function found(from: 'database' | 'api', how: Found | undefined, detail?: string): Entry[] {
  return change(healthy, 'read-back', (it) => {
    if (it.key !== 'key-9' || it.from !== from) return it;
    return how && { ...it, found: how, ...(detail !== undefined && { detail }) };
  });
}

describe('judgeWritesKept', () => {
  it.each<[string, Entry[], object]>([
    ['all there', healthy, { outcome: 'met', observed: 0, samples: 330 }],
    [
      'missing in the database',
      found('database', 'missing'),
      { outcome: 'violated', observed: 1, detail: 'key-9 (database: missing)' },
    ],
    [
      'missing through the API',
      found('api', 'missing'),
      { outcome: 'violated', observed: 1, detail: 'key-9 (api: missing)' },
    ],
    [
      'other contents',
      found('api', 'different', 'sent "a", found "b"'),
      { outcome: 'violated', detail: 'key-9 (api: different, sent "a", found "b")' },
    ],
    [
      'unreadable',
      found('api', 'unreadable'),
      { outcome: 'inconclusive', reason: '1 acknowledged write could not be read back: key-9' },
    ],
    [
      'never read',
      found('database', undefined),
      { outcome: 'inconclusive', reason: '1 acknowledged write could not be read back: key-9' },
    ],
    [
      'nothing acknowledged',
      change(healthy, 'write', (it) => ({ ...it, outcome: 'unknown' })),
      { outcome: 'inconclusive', reason: 'no write was acknowledged' },
    ],
    ['nothing written', change(healthy, 'write', () => undefined), { outcome: 'inconclusive', samples: 0 }],
    [
      'acknowledged without a key',
      change(healthy, 'write', (it, index) => {
        const { key: _, ...rest } = it;
        return index === 0 ? rest : it;
      }),
      { outcome: 'inconclusive', reason: '1 acknowledged write came without a key to read it back by' },
    ],
    [
      'refused and missing',
      change(found('database', 'missing'), 'write', (it) =>
        it.key === 'key-9' ? { ...it, outcome: 'refused' } : it,
      ),
      { outcome: 'met', samples: 329 },
    ],
    [
      'unknown and there',
      change(healthy, 'write', (it) => (it.key === 'key-9' ? { ...it, outcome: 'unknown' } : it)),
      { outcome: 'met', samples: 329 },
    ],
    [
      'missing and later there again',
      [
        ...found('database', 'missing'),
        { kind: 'read-back', atMs: at.end + 1_500, key: 'key-9', from: 'database', found: 'same' },
      ],
      { outcome: 'violated', observed: 1 },
    ],
  ])('with a write %s', (_, entries, expected) => {
    expect(judged(entries, 'writes-kept')).toMatchObject(expected);
  });

  it('names five of many', () => {
    const lost = change(healthy, 'read-back', (it) => ({ ...it, found: 'missing' }));
    expect(judged(lost, 'writes-kept')).toMatchObject({
      observed: 330,
      detail: expect.stringContaining('and 325 more'),
    });
  });

  it('stays violated in a run that was cut off, and comes before its exit code', () => {
    const cut = change(found('database', 'missing'), 'end', () => undefined);
    expect(judged(cut, 'writes-kept').outcome).toBe('violated');
    expect(judge(cut).exitCode).toBe(1);
    expect(
      judged(
        change(healthy, 'end', () => undefined),
        'writes-kept',
      ).outcome,
    ).toBe('inconclusive');
  });
});
