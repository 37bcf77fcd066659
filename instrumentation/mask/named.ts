import { hidden } from './mask.ts';
import type { FieldNames } from './names.ts';

/** A name, perhaps in quotes, and what stands between it and its value. The name is scanned once, from its beginning. */
const pair = /(?<![\w.-])([A-Za-z_-][\w.-]*)(["'`])?\]?\s{0,4}(=>|[:=])\s{0,4}/g;
const nothing =
  /^(?:undefined|null|true|false|none|\*+|\?|\$\d+|\[[\w ]*(?:redacted|hidden|filtered)[\w ]*\])(?![\w])/i;
const quoted = /^(?:"(?:[^"\\]|\\[\s\S])*(?:"|$)|'(?:[^'\\]|\\[\s\S])*(?:'|$)|`(?:[^`\\]|\\[\s\S])*(?:`|$))/;
/** To a blank or a separator; a comma only ends it where another name follows. */
const plain = /^(?:[^\s,;&"'<>`\\]|,(?!\s|[\w.-]{1,60}[=:]))+/;
const toEndOfLine = /^[^\r\n"'`\\]+/;
/** A number or a word in JSON text. */
const plainInJson = /^[^\s,;"'\\{}[\]]+/;
/** Headers of several parts: everything behind the name is the value. */
const wholeLine = /authorization|cookie/i;
/** Names that also stand before ordinary words: `session: started`, `[auth] pass: ok`. */
const alsoWords = /^(?:auth|session|card|pass|pin|token|signature|cookies?|email)$/i;
/** V8 quotes the text that it could not parse. */
const unparsed = /"[\s\S]{0,120}?"(?:\.\.\.)?( is not valid JSON)/g;

/** Values behind telling names (`password=…`, `"token": "…"`), and JSON that could not be parsed. */
export function maskNamed(text: string, names: FieldNames): string {
  return maskPairs(maskUnparsed(text), names);
}

function maskUnparsed(text: string): string {
  return text.includes(' is not valid JSON') ? text.replace(unparsed, `"${hidden}"$1`) : text;
}

function maskPairs(text: string, names: FieldNames): string {
  let told = '';
  let from = 0;
  pair.lastIndex = 0;
  for (let found = pair.exec(text); found; found = pair.exec(text)) {
    const [, name = '', quote = '', separator = ''] = found;
    if (!isSecret(text, found.index, name, names)) continue;
    const start = pair.lastIndex;
    const end = start + lengthOfValue(text, start, name, quote, separator);
    if (end === start) continue;
    told += text.slice(from, start) + inQuotes(text, start, end, quote);
    from = end;
    pair.lastIndex = end;
  }
  return from === 0 ? text : told + text.slice(from);
}

function isSecret(text: string, at: number, name: string, names: FieldNames): boolean {
  if (names.verdict(name) === 'secret') return true;
  const before = /([A-Za-z]+) $/.exec(text.slice(Math.max(0, at - 24), at));
  return (
    before !== null && names.verdict(`${before[1]}_${name}`) === 'secret' && names.verdict(name) !== 'allowed'
  );
}

function lengthOfValue(text: string, start: number, name: string, quote: string, separator: string): number {
  const rest = text.slice(start, start + longestValue);
  if (nothing.test(rest)) return 0;
  const first = rest[0];
  if (first === '{' || first === '[') return lengthOfNested(text, start);
  const inQuotation = quoted.exec(rest);
  if (inQuotation) return inQuotation[0].length;
  if (wholeLine.test(name)) return toEndOfLine.exec(rest)?.[0].length ?? 0;
  const value = (quote === '' ? plain : plainInJson).exec(rest)?.[0] ?? '';
  if (quote === '' && separator === ':' && alsoWords.test(name) && /^[A-Za-z]*[.!)\]}]*$/.test(value))
    return 0;
  return value.length;
}

/** No secret is longer; and a text of nothing but pairs is not copied to its end for each of them. */
const longestValue = 8192;

/** To the bracket that closes the one at `start`; to the end where none does. */
function lengthOfNested(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x7b || code === 0x5b) depth++;
    else if ((code === 0x7d || code === 0x5d) && --depth === 0) return i + 1 - start;
  }
  return text.length - start;
}

/** What was JSON stays JSON. */
function inQuotes(text: string, start: number, end: number, quote: string): string {
  const value = text.slice(start, end);
  const own = /^["'`]/.exec(value)?.[0] ?? quote;
  return own + hidden + own;
}
