import type { LinkCounts } from '../journal/entry.ts';
import type { RespKind } from './resp.ts';

/** How the reply to a read command says whether what was asked for was there. */
type ReadShape =
  /** One value; nil is a miss. */
  | 'value'
  /** One value per key; each nil is a miss. */
  | 'value-per-key'
  /** Fields of one key; a miss when all are nil. */
  | 'fields'
  /** Everything of one key; empty is a miss. */
  | 'collection'
  /** How many of the keys exist. */
  | 'number-of-keys';

const shapes: Readonly<Record<string, ReadShape>> = {
  GET: 'value',
  GETEX: 'value',
  GETDEL: 'value',
  HGET: 'value',
  LINDEX: 'value',
  ZSCORE: 'value',
  'JSON.GET': 'value',
  MGET: 'value-per-key',
  HMGET: 'fields',
  HGETALL: 'collection',
  HKEYS: 'collection',
  HVALS: 'collection',
  LRANGE: 'collection',
  SMEMBERS: 'collection',
  ZRANGE: 'collection',
  EXISTS: 'number-of-keys',
  HEXISTS: 'number-of-keys',
  SISMEMBER: 'number-of-keys',
};

/** Commands all of whose arguments are keys. */
const manyKeys: ReadonlySet<string> = new Set(['MGET', 'EXISTS']);

/** A read command on its way. */
export interface Read {
  readonly shape: ReadShape;
  /** Which of its keys are cache keys. */
  readonly cached: boolean[];
  /** For `fields`: how many its reply has, and whether one was there. */
  fields: number;
  found: boolean;
}

/** @returns undefined when the command does not read keys in a way that hits and misses can be told from. */
export function readOf(command: string): Read | undefined {
  const shape = Object.hasOwn(shapes, command) ? shapes[command] : undefined;
  return shape && { shape, cached: [], fields: 0, found: false };
}

export function isKeyOf(command: string, index: number): boolean {
  return index === 1 || (index > 1 && manyKeys.has(command));
}

type Tally = Pick<LinkCounts, 'hits' | 'misses'>;

/** Counts the head of the reply. Replies that cannot be told (a wrong type, EXISTS over mixed keys) count nothing. */
export function countReply(read: Read, kind: RespKind, size: number, tally: Tally): void {
  switch (read.shape) {
    case 'value':
      count(tally, kind !== 'null');
      return;
    case 'collection':
      count(tally, kind !== 'null' && size > 0);
      return;
    case 'number-of-keys': {
      const keys = read.cached.length;
      if (kind !== 'integer' || size > keys || read.cached.includes(false)) return;
      tally.hits += size;
      tally.misses += keys - size;
      return;
    }
    case 'fields':
      read.fields = size;
      return;
    case 'value-per-key':
      return;
  }
}

/** Counts one element of the reply. */
export function countElement(read: Read, kind: RespKind, index: number, tally: Tally): void {
  const there = kind !== 'null';
  if (read.shape === 'value-per-key' && read.cached[index]) count(tally, there);
  if (read.shape === 'fields') {
    read.found ||= there;
    if (index === read.fields - 1) count(tally, read.found);
  }
}

function count(tally: Tally, there: boolean): void {
  if (there) tally.hits++;
  else tally.misses++;
}
