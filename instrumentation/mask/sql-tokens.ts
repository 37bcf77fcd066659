/** A piece of SQL that is not white space or a comment. */
export interface SqlToken {
  readonly kind: 'word' | 'name' | 'literal' | 'parameter' | 'sign';
  /** As it may be told: `?` for every literal. */
  readonly text: string;
  /** The word in capitals; otherwise the same as `text`. */
  readonly upper: string;
  /** White space or a comment stood before it. */
  readonly spaced: boolean;
}

/** PostgreSQL cuts identifiers at 63 bytes; what is longer was not meant as one. */
const longestName = 63;

const patterns = {
  space: /(?:\s+|--[^\r\n]*)+/y,
  /** `E'…'` knows backslashes; `B'…'`, `X'…'`, `N'…'`, `U&'…'` and plain ones do not. Without an end it goes to the end. */
  escaped: /[eE]'(?:[^'\\]+|''|\\[\s\S])*(?:'|\\?$)/y,
  string: /(?:[bBxXnN]|[uU]&)?'(?:[^']+|'')*(?:'|$)/y,
  dollar: /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y,
  parameter: /\$\d+/y,
  name: /(?:[uU]&)?"((?:[^"]+|"")*)("|$)/y,
  number: /\.?\d(?:[\w.]|(?<=[eE])[+-](?=\d))*/y,
  word: /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y,
  cast: /::/y,
};

/**
 * The tokens of a statement, by the rules of PostgreSQL's lexer
 * (https://www.postgresql.org/docs/current/sql-syntax-lexical.html). Whatever cannot be told from a literal is one.
 */
export function sqlTokens(text: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  let spaced = false;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const push = (kind: SqlToken['kind'], told: string) => {
    tokens.push({ kind, text: told, upper: kind === 'word' ? told.toUpperCase() : told, spaced });
    spaced = false;
  };
  while (at < text.length) {
    const start = at;
    if (take(patterns.space)) spaced = true;
    else if (text.startsWith('/*', at)) {
      at = endOfComment(text, at);
      spaced = true;
    } else if (take(patterns.escaped)) push('literal', '?');
    else if (take(patterns.string)) {
      push('literal', '?');
      if (isAmbiguous(text, start, at)) return tokens;
    } else if (take(patterns.dollar)) {
      at = endOfDollars(text, at, text.slice(start, at));
      push('literal', '?');
    } else if (take(patterns.parameter)) push('parameter', text.slice(start, at));
    else if (take(patterns.name)) pushName(text.slice(start, at), push);
    else if (take(patterns.number)) push('literal', '?');
    else if (take(patterns.word)) push('word', text.slice(start, at));
    else if (take(patterns.cast)) push('sign', '::');
    else if (isSign(text, at)) push('sign', text[at++] as string);
    else {
      at++;
      spaced = true;
    }
  }
  return tokens;
}

function pushName(name: string, push: (kind: SqlToken['kind'], told: string) => void): void {
  const isWhole = name.length > 2 && name.endsWith('"');
  if (isWhole && name.length <= longestName + 2) push('name', name);
  else push('literal', '?');
}

/** Comments nest. One without an end hides the rest. */
function endOfComment(text: string, start: number): number {
  const bracket = /\/\*|\*\//g;
  bracket.lastIndex = start;
  let depth = 0;
  for (let found = bracket.exec(text); found; found = bracket.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return bracket.lastIndex;
  }
  return text.length;
}

function endOfDollars(text: string, from: number, tag: string): number {
  const end = text.indexOf(tag, from);
  return end < 0 ? text.length : end + tag.length;
}

/**
 * `'it\'s …`: the string ends here or not, by the server's `standard_conforming_strings`. What follows may be a part of it,
 * and is not told.
 */
function isAmbiguous(text: string, start: number, end: number): boolean {
  return text.slice(start, end).includes("\\'");
}

function isSign(text: string, at: number): boolean {
  return '+-*/<>=~!@#%^&|?:.,;()[]'.includes(text[at] as string);
}
