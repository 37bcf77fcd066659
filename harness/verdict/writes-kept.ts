import type { ReadBackEntry } from '../journal/entry.ts';
import type { Observations } from '../observe/observations.ts';
import { byInterval, type Claim, inconclusive } from './judgement.ts';
import type { Judgement } from './verdict.ts';
import { counted, listed } from './words.ts';

const claim: Claim = {
  kind: 'writes-kept',
  claim: 'every acknowledged write is there at the end with its contents',
  phase: 'run',
  unit: 'count',
  limit: 0,
  bound: 'at-most',
};

const places = ['database', 'api'] as const;

/**
 * Acknowledged writes that the database or the API does not have any more, or has with other contents. A write
 * that was refused or whose answer got lost may be there or not. One that was never read is no proof of anything.
 */
export function judgeWritesKept(seen: Observations): Judgement {
  const acknowledged = seen.writes.filter((it) => it.outcome === 'acknowledged');
  const samples = acknowledged.length;
  if (samples === 0) return inconclusive(claim, 'no write was acknowledged');
  const keys = new Set(acknowledged.flatMap(({ key }) => (key === undefined ? [] : [key])));
  const found = readBacksOf(seen, keys);

  const lost = [...keys].filter((key) => places.some((place) => isLost(found.get(key)?.[place])));
  if (lost.length > 0) {
    return byInterval(claim, {
      observed: lost.length,
      samples,
      detail: listed(lost.map((key) => describe(key, found.get(key)!))),
    });
  }
  const unread = [...keys].filter((key) => places.some((place) => found.get(key)?.[place]?.found !== 'same'));
  const unnamed = acknowledged.filter((it) => it.key === undefined).length;
  if (unread.length > 0) {
    return inconclusive(
      claim,
      `${counted(unread.length, 'acknowledged write')} could not be read back: ${listed(unread)}`,
      { samples },
    );
  }
  if (unnamed > 0) {
    return inconclusive(
      claim,
      `${counted(unnamed, 'acknowledged write')} came without a key to read it back by`,
      { samples },
    );
  }
  return byInterval(claim, { observed: 0, samples });
}

type Found = Partial<Record<ReadBackEntry['from'], ReadBackEntry>>;

/** A loss that was seen once is kept, whatever a later try says. */
function readBacksOf({ readBacks }: Observations, keys: ReadonlySet<string>): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const entry of readBacks) {
    if (!keys.has(entry.key)) continue;
    const places = found.get(entry.key) ?? {};
    found.set(entry.key, places);
    if (!isLost(places[entry.from])) places[entry.from] = entry;
  }
  return found;
}

function isLost(entry: ReadBackEntry | undefined): boolean {
  return entry?.found === 'missing' || entry?.found === 'different';
}

/** `4f1c (database: missing, api: missing)`. */
function describe(key: string, found: Found): string {
  const where = places
    .filter((place) => isLost(found[place]))
    .map((place) => {
      const { found: how, detail } = found[place]!;
      return `${place}: ${detail === undefined ? how : `${how}, ${detail}`}`;
    });
  return `${key} (${where.join(', ')})`;
}
