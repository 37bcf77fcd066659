import { GenerationCache } from './generation-cache.ts';
import { type SqlSummary, summarize } from './sql-summary.ts';
import { type SqlToken, sqlTokens } from './sql-tokens.ts';

export { maskDatabaseError } from './database-error.ts';

export interface SqlTemplate extends SqlSummary {
  /** The statement with `?` for every literal, without comments, with lists and rows of values shortened to one. */
  readonly text: string;
}

/** What stands behind is not looked at: nobody reads it, and a load of values in one statement may be megabytes. */
const longestRead = 16_384;
const longestCached = 4096;
/** A service that writes values into its SQL never asks for the same text again. */
const cache = new GenerationCache<SqlTemplate>({ entries: 500, characters: 262_144 });

export function sqlTemplate(text: string): SqlTemplate {
  if (text.length > longestCached) return templateOf(text.slice(0, longestRead));
  let template = cache.get(text);
  if (template === undefined) {
    template = templateOf(text);
    cache.set(text, template);
  }
  return template;
}

/** At most `most` UTF-16 code units, never half a character. */
export function firstCharacters(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most);
}

function templateOf(text: string): SqlTemplate {
  const tokens = sqlTokens(text);
  return { text: written(shortened(tokens)), ...summarize(tokens) };
}

/** Rows behind VALUES to the first, lists of values to one, a sign with its number, and strings that go on in another line. */
function shortened(tokens: readonly SqlToken[]): SqlToken[] {
  const kept: SqlToken[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as SqlToken;
    const before = kept.at(-1);
    if (token.kind === 'literal') {
      if (before?.kind === 'literal') continue;
      if (isSigned(kept)) kept.pop();
      kept.push({
        ...token,
        spaced: token.spaced || (before?.spaced === true && kept.length > 0 && isSign(before)),
      });
      continue;
    }
    kept.push(token);
    if (token.text === '(' || token.text === '[') {
      const end = endOfValues(tokens, at, token.text === '(' ? ')' : ']');
      const isList = before?.upper === 'IN' || before?.upper === 'ARRAY' || before?.upper === 'ANY';
      if (end > at + 2 && isList) {
        kept.push({ kind: 'literal', text: '?', upper: '?', spaced: false });
        at = end - 1;
      }
    } else if (token.text === ')') at = endOfRows(tokens, at, kept);
    else if (isSetting(kept)) return [...kept, { kind: 'literal', text: '?', upper: '?', spaced: true }];
  }
  return kept;
}

function isSign(token: SqlToken): boolean {
  return token.text === '-' || token.text === '+';
}

const valueEnds = new Set(['literal', 'parameter', 'name']);
/** Behind these a minus belongs to the number. */
const beforeValue = new Set(
  'SELECT WHERE AND OR NOT THEN ELSE WHEN BY LIMIT OFFSET BETWEEN IN VALUES SET RETURNING LIKE IS CASE ON HAVING ANY ALL'.split(
    ' ',
  ),
);

function isSigned(kept: readonly SqlToken[]): boolean {
  const sign = kept.at(-1);
  if (!sign || !isSign(sign)) return false;
  const before = kept.at(-2);
  if (before === undefined) return true;
  if (before.kind === 'word') return beforeValue.has(before.upper);
  return !valueEnds.has(before.kind) && before.text !== ')' && before.text !== ']';
}

/** Where the bracket closes, when there are only values before; otherwise -1. */
function endOfValues(tokens: readonly SqlToken[], start: number, close: string): number {
  for (let at = start + 1; at < tokens.length; at++) {
    const token = tokens[at] as SqlToken;
    if (token.text === close) return at;
    const isCast = token.text === '::' || (token.kind === 'word' && tokens[at - 1]?.text === '::');
    const isValue =
      token.kind === 'literal' || token.kind === 'parameter' || isSign(token) || token.text === ',';
    if (!isValue && !isCast) return -1;
  }
  return -1;
}

/** Behind the first row of VALUES that ends at `at`: the last token of the last row. */
function endOfRows(tokens: readonly SqlToken[], at: number, kept: readonly SqlToken[]): number {
  let end = at;
  while (tokens[end + 1]?.text === ',' && tokens[end + 2]?.text === '(' && isRow(kept)) {
    const next = closing(tokens, end + 2);
    if (next < 0) break;
    end = next;
  }
  return end;
}

/** The bracket that was closed last stands behind VALUES. */
function isRow(kept: readonly SqlToken[]): boolean {
  let depth = 0;
  for (let at = kept.length - 1; at >= 0; at--) {
    const { text } = kept[at] as SqlToken;
    if (text === ')') depth++;
    else if (text === '(' && --depth === 0) return kept[at - 1]?.upper === 'VALUES';
  }
  return false;
}

function closing(tokens: readonly SqlToken[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const { text } = tokens[at] as SqlToken;
    if (text === '(') depth++;
    else if (text === ')' && --depth === 0) return at;
  }
  return -1;
}

/** `SET name TO value`: the value needs no quotes. */
function isSetting(kept: readonly SqlToken[]): boolean {
  const last = kept.at(-1);
  return kept[0]?.upper === 'SET' && kept.length < 8 && (last?.upper === 'TO' || last?.text === '=');
}

function written(tokens: readonly SqlToken[]): string {
  let text = '';
  for (const token of tokens) text += token.spaced && text !== '' ? ` ${token.text}` : token.text;
  return text;
}
