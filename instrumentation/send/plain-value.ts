const [quote, minus, zero, nine] = [0x22, 0x2d, 0x30, 0x39];
/** What has to be escaped in JSON, or says that something is. */
const escaped = /[\\\p{Cc}]/u;
/** Longer lines are seldom plain; and a piece of a text that is remembered keeps all of it. */
const longest = 4000;
/** So that a number is told as it was written. */
const mostDigits = 15;

/**
 * Plain lines are what most lines are: an object of texts without escapes, whole numbers, `true` and `false`, with no
 * blanks between. Whatever is not surely that is left to JSON.parse.
 */
export function mayBePlain(line: string): boolean {
  return line.length <= longest && line.startsWith('{"') && line.endsWith('}') && !escaped.test(line);
}

/** Where the value that begins at `start` ends; -1 when it is none of the plain ones. */
export function endOfPlain(line: string, start: number): number {
  // 0 when there is no other quote.
  if (line.charCodeAt(start) === quote) return line.indexOf('"', start + 1) + 1 || -1;
  if (line.startsWith('true', start)) return start + 4;
  if (line.startsWith('false', start)) return start + 5;
  const first = line.charCodeAt(start) === minus ? start + 1 : start;
  let end = first;
  while (isDigit(line.charCodeAt(end))) end++;
  const digits = end - first;
  // `-0` and `01` are not told as they are written.
  const isPlain =
    digits > 0 && digits <= mostDigits && (line.charCodeAt(first) !== zero || end - start === 1);
  return isPlain ? end : -1;
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}
