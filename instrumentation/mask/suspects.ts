import type { FieldNames } from './names.ts';

/** Kinds of secrets that a text may hold: what `suspects` adds up. */
export const suspected = { address: 1, named: 2, token: 4, escaped: 8 } as const;

/** Kinds of characters, by their code; what is not listed ends a run. */
const hexDigit = 1;
const otherOfToken = 2;
const digit = 4;
const upper = 8;
const kinds = new Uint8Array(128);
for (const sign of '0123456789') kinds[sign.charCodeAt(0)] = hexDigit | digit;
for (const sign of 'abcdef') kinds[sign.charCodeAt(0)] = hexDigit;
for (const sign of 'ABCDEF') kinds[sign.charCodeAt(0)] = hexDigit | upper;
for (const sign of 'ghijklmnopqrstuvwxyz_') kinds[sign.charCodeAt(0)] = otherOfToken;
for (const sign of 'GHIJKLMNOPQRSTUVWXYZ') kinds[sign.charCodeAt(0)] = otherOfToken | upper;
kinds['-'.charCodeAt(0)] = hexDigit;

/** Runs of characters shorter than this are no key; ordinary words seldom reach it with a digit among them. */
const shortestRun = 15;
const longestWord = 20;
/** Words that alone say little, and much with the word before: `api key`, `session id`, `connection string`. */
const dependent = /^(?:keys?|id|string|number|no|code|is|was|of|for|value|hash|address)$/i;

const at = 64;
const colon = 58;
const equals = 61;
const percent = 37;
const space = 32;
const backslash = 92;

/**
 * One look at every character, so that an ordinary text costs a nanosecond for each of them and no regular expression
 * is tried: which kinds of secrets `text` may hold. It may be wrong in saying yes, never in saying no.
 */
export function suspects(text: string, names: FieldNames): number {
  let found = 0;
  let start = 0;
  let seen = 0;
  let digits = 0;
  const end = text.length;
  for (let i = 0; i <= end; i++) {
    const code = i < end ? text.charCodeAt(i) : space;
    const kind = code < 128 ? (kinds[code] as number) : 0;
    if (kind !== 0) {
      seen |= kind;
      continue;
    }
    const length = i - start;
    if (length > 3) found |= suspectRun(text, start, length, seen, code, names);
    // A card number in groups: runs of digits alone, one space between them.
    if (
      length > 0 &&
      (seen & ~(hexDigit | digit)) === 0 &&
      (seen & digit) !== 0 &&
      isDigits(text, start, i)
    ) {
      digits += length;
      if (digits > 12) found |= suspected.token;
      if (code !== space) digits = 0;
    } else digits = 0;
    if (code === at) found |= suspected.address;
    else if (code === equals || code === colon) {
      if ((found & suspected.named) === 0 && isNamed(text, i, code, names)) found |= suspected.named;
    } else if (code === percent ? isDigit(text, i + 1) : code === backslash) found |= suspected.escaped;
    start = i + 1;
    seen = 0;
  }
  return found;
}

function suspectRun(
  text: string,
  start: number,
  length: number,
  seen: number,
  after: number,
  names: FieldNames,
): number {
  if (length < shortestRun) return suspectWord(text, start, length, seen, after);
  if ((seen & otherOfToken) !== 0) {
    return (seen & digit) !== 0 || ((seen & upper) !== 0 && length >= longestWord) ? suspected.token : 0;
  }
  // Only digits, hexadecimal or not, and hyphens: an id, unless it is an IBAN or its name tells otherwise.
  if ((seen & upper) !== 0 && isUpper(text, start) && isUpper(text, start + 1)) return suspected.token;
  return isTold(text, start, names) ? suspected.token : 0;
}

/** `Bearer`, `Basic`, the beginning of a PEM block, of an IBAN in groups, and the end of `… is not valid JSON`. */
function suspectWord(text: string, start: number, length: number, seen: number, after: number): number {
  const first = text.charCodeAt(start);
  if (length === 4) {
    if (first === 0x4a) return suspected.named;
    return after === space && (seen & digit) !== 0 && isUpper(text, start) && isUpper(text, start + 1)
      ? suspected.token
      : 0;
  }
  if (length < 7) {
    const second = text.charCodeAt(start + 1) | 0x20;
    const isScheme =
      (first | 0x20) === 0x62 && ((second === 0x65 && length === 6) || (second === 0x61 && length === 5));
    return isScheme ? suspected.named : 0;
  }
  return first === 0x2d && text.charCodeAt(start + 4) === 0x2d && (seen & upper) !== 0 ? suspected.token : 0;
}

/** The word before the separator at `i` names something secret. */
function isNamed(text: string, i: number, code: number, names: FieldNames): boolean {
  const next = text.charCodeAt(i + 1);
  if (code === colon && next === 0x2f && text.charCodeAt(i + 2) === 0x2f) return false;
  const last = endOfWord(text, i);
  if (last < 0 || (isDigit(text, last) && next > 0x2f && next < 0x3a)) return false;
  return tells(text, last, names);
}

/** The word before the run that begins at `start` names something secret: `rejected token 8f…`. */
function isTold(text: string, start: number, names: FieldNames): boolean {
  const last = endOfWord(text, start);
  return last >= 0 && tells(text, last, names);
}

/** Where the last character of a word stands before `i`, with a few quotes, brackets and blanks between; or -1. */
function endOfWord(text: string, i: number): number {
  for (let at = i - 1; at >= 0 && at > i - 6; at--) {
    const code = text.charCodeAt(at);
    if (code < 128 && kinds[code] !== 0 && code !== 0x2d) return at;
  }
  return -1;
}

function tells(text: string, last: number, names: FieldNames): boolean {
  let start = last;
  while (start > 0 && last - start < longestName && isOfName(text.charCodeAt(start - 1))) start--;
  const word = text.slice(start, last + 1);
  return names.verdict(word) === 'secret' || (text.charCodeAt(start - 1) === space && dependent.test(word));
}

const longestName = 60;

function isOfName(code: number): boolean {
  return code < 128 && (kinds[code] !== 0 || code === 0x2e);
}

function isDigits(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (!isDigit(text, i) && text.charCodeAt(i) !== 0x2d) return false;
  return true;
}

function isDigit(text: string, i: number): boolean {
  const code = text.charCodeAt(i);
  return code > 0x2f && code < 0x3a;
}

function isUpper(text: string, i: number): boolean {
  const code = text.charCodeAt(i);
  return code > 0x40 && code < 0x5b;
}
