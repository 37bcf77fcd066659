const value = '?';
/** Behind these words PostgreSQL names a thing of the schema; behind others it quotes what it was given. */
const naming =
  /\b(?:relation|column|constraint|table|schema|index|sequence|view|trigger|extension|function|type|database|role|attribute|operator|language|publication|encoding|parameter|cursor|rule|policy|partition|tablespace|collation|domain)$/i;
/** A name as it is usually chosen; the longest that PostgreSQL keeps. */
const name = /^[\p{L}_][\p{L}\p{N}_$.-]{0,62}$/u;
/** Types and their modifiers: `varying(20)`, `lower(integer)`; or the columns of `Key (email)=`. */
const ofTypes = /^[a-z_ ,[\]\d]{0,80}$/;
const quotes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '»': '«',
  '«': '»',
  '„': '“',
  '“': '”',
  '`': '`',
};
const longestRead = 2000;

/**
 * A message of PostgreSQL without the values that it repeats: `Key (email)=(?) already exists.`,
 * `invalid input syntax for type integer: "?"`. Names of tables, columns and constraints stay. What is quoted without an
 * end is hidden to the end.
 */
export function maskDatabaseError(message: string): string {
  const text = message.slice(0, longestRead);
  let told = '';
  for (let at = 0; at < text.length; ) {
    const sign = text[at] as string;
    const close = sign === '(' ? ')' : isQuote(text, at) ? quotes[sign] : undefined;
    if (close === undefined) {
      told += sign;
      at++;
      continue;
    }
    const end = endOf(text, at, close);
    const content = text.slice(at + 1, end);
    told +=
      sign +
      (isName(sign, content, told, text[end + 1]) ? content : value) +
      (end < text.length ? close : '');
    at = end + 1;
  }
  return told;
}

/** An apostrophe within a word is no quote. */
function isQuote(text: string, at: number): boolean {
  const sign = text[at] as string;
  return sign in quotes && !(sign === "'" && /\w/.test(text[at - 1] ?? ''));
}

/** A value may hold what closes it, and does so unescaped: what is no name goes to the last one. */
function endOf(text: string, start: number, close: string): number {
  const before = text.slice(0, start);
  const isLast = /[:=] ?$/.test(before) || close === ')' || !naming.test(before.trimEnd());
  const next = text.indexOf(close, start + 1);
  if (next < 0) return text.length;
  if (close === ')' && !/[:= ]$/.test(text.slice(0, start))) return next;
  if (close === ')' && text[next + 1] === '=') return next;
  return isLast ? text.lastIndexOf(close) : next;
}

function isName(sign: string, content: string, told: string, after: string | undefined): boolean {
  if (sign !== '(') return naming.test(told.trimEnd()) && name.test(content);
  if (after === '=') return /^[\w$", .-]{1,200}$/.test(content);
  return /\w$/.test(told) && ofTypes.test(content);
}
