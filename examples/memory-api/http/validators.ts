import { mostProblems, type Problem, ValidationError } from '../errors.ts';

/*
 * What is looked at before anything is done with it. Each validator gives the problems that it finds; none costs a
 * statement. `field` is where the value stands in the request, such as `body.content`.
 */

/** @throws ValidationError with all of the problems, if there are any */
export function refuse(...found: readonly (readonly Problem[])[]): void {
  const problems = found.flat();
  if (problems.length > 0) throw new ValidationError(problems);
}

/** An id of a memory or a key. */
export const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** 1 to 128 characters that need no quoting anywhere; also an e-mail address, a UUID or `auth0|5f7c`. */
export const userIdPattern = '^[A-Za-z0-9][A-Za-z0-9._:@|+=-]{0,127}$';
const userIdForm = new RegExp(userIdPattern);

export function userIdProblems(field: string, value: unknown): Problem[] {
  if (typeof value === 'string' && userIdForm.test(value)) return [];
  const expected = '1 to 128 letters, digits and . _ : @ | + = - that begin with a letter or a digit';
  return [{ field, problem: `expected ${expected}, got ${shown(value)}` }];
}

export interface TextLimits {
  minCharacters?: number;
  maxCharacters: number;
  /** In UTF-8. */
  maxBytes?: number;
}

/** Characters are code points, as JSON Schema and PostgreSQL's `char_length` count them. */
export function textProblems(field: string, value: unknown, limits: TextLimits): Problem[] {
  if (typeof value !== 'string') return [{ field, problem: `expected a text, got ${shown(value)}` }];
  const { minCharacters = 1, maxCharacters, maxBytes = Number.POSITIVE_INFINITY } = limits;
  const characters = charactersOf(value, maxCharacters);
  if (characters < minCharacters || characters > maxCharacters) {
    const got = characters > maxCharacters ? 'more' : `${characters}`;
    return [{ field, problem: `expected ${minCharacters} to ${maxCharacters} characters, got ${got}` }];
  }
  const bytes = Buffer.byteLength(value);
  if (bytes > maxBytes) {
    return [{ field, problem: `expected at most ${maxBytes} bytes of UTF-8, got ${bytes}` }];
  }
  return storableProblems(field, value);
}

/** The largest number that a 4-byte float holds; PostgreSQL's `real` and pgvector refuse larger ones. */
const largestReal = 3.4028234663852886e38;

export function embeddingProblems(field: string, value: unknown, dimensions: number): Problem[] {
  if (!Array.isArray(value)) return [{ field, problem: `expected a list of ${dimensions} numbers` }];
  if (value.length !== dimensions) {
    return [{ field, problem: `expected ${dimensions} dimensions, got ${value.length}` }];
  }
  const at = value.findIndex((number) => typeof number !== 'number' || !(Math.abs(number) <= largestReal));
  if (at < 0) return [];
  const problem = `expected a finite number that fits 4 bytes, got ${shown(value[at])}`;
  return [{ field: `${field}.${at}`, problem }];
}

export interface MetadataLimits {
  /** 1 is an object that holds no other objects or lists. */
  maxDepth?: number;
  /** As JSON in UTF-8. */
  maxBytes?: number;
}

export function metadataProblems(field: string, value: unknown, limits: MetadataLimits = {}): Problem[] {
  const { maxDepth = 8, maxBytes = 16 * 1024 } = limits;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ field, problem: `expected an object, got ${shown(value)}` }];
  }
  if (isDeeper(value, maxDepth)) return [{ field, problem: `expected at most ${maxDepth} levels` }];
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > maxBytes) {
    return [{ field, problem: `expected at most ${maxBytes} bytes of JSON, got ${bytes}` }];
  }
  return storableProblems(field, value);
}

/** Deeper than anything that is taken, and far from the end of the stack. */
const deepestLook = 64;

/**
 * What PostgreSQL cannot hold, wherever it stands: U+0000 and halves of a surrogate pair in texts and names
 * (https://www.postgresql.org/docs/current/datatype-json.html), and numbers that JSON reads as infinite, such as 1e999;
 * and the name `__proto__`. Looks no further when there are more than are told: each has the whole path to it.
 */
export function storableProblems(field: string, value: unknown): Problem[] {
  return findUnstorable(field, value, 0)
    .take(mostProblems + 1)
    .toArray();
}

function* findUnstorable(field: string, value: unknown, depth: number): Generator<Problem, void> {
  if (typeof value === 'string') yield* unstorable(field, value);
  if (typeof value === 'number' && !Number.isFinite(value))
    yield { field, problem: `expected a finite number, got ${value}` };
  if (typeof value !== 'object' || value === null) return;
  if (depth >= deepestLook) return yield { field, problem: `expected at most ${deepestLook} levels` };
  for (const [name, inner] of Object.entries(value)) {
    const inName = name === '__proto__' ? [reserved(field)] : unstorable(field, name);
    if (inName.length > 0) yield* inName;
    else yield* findUnstorable(`${field}.${name}`, inner, depth + 1);
  }
}

/** Whatever copies an object by its names would take it for the prototype. */
function reserved(field: string): Problem {
  return { field, problem: 'expected a name other than __proto__' };
}

function unstorable(field: string, text: string): Problem[] {
  if (text.includes('\0')) return [{ field, problem: 'expected a text without the character U+0000' }];
  if (text.isWellFormed()) return [];
  return [{ field, problem: 'expected Unicode, got half of a surrogate pair' }];
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** Stops counting where it is clear that there are too many. */
function charactersOf(text: string, most: number): number {
  if (text.length > 2 * most) return most + 1;
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** What came, as far as it can be shown: contents are nobody's business, and may be long. */
function shown(value: unknown): string {
  if (typeof value === 'string')
    return value === '' ? 'an empty text' : `a text of ${value.length} characters`;
  if (typeof value === 'number') return String(value);
  if (value === null || value === undefined) return 'nothing';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
