/**
 * Compiles a pattern in which `*` matches anything, also nothing. Texts are compared byte for byte, so what is
 * tested must have been read as latin1. No regular expression: its time is not linear with several stars.
 */
export function compilePattern(pattern: string): (latin1: string) => boolean {
  const parts = Buffer.from(pattern, 'utf8').toString('latin1').split('*');
  const first = parts[0]!;
  const last = parts.at(-1)!;
  const middle = parts.slice(1, -1);
  if (parts.length === 1) return (text) => text === first;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of middle) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return text.length - at >= last.length && text.endsWith(last);
  };
}
