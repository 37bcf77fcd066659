/** Deeper than any metadata that means something, and far from where parsers run out of stack. */
const mostLevels = 32;

/** Whether PostgreSQL can keep this value as `text` or `jsonb`: no NUL, no half of a surrogate pair, not too deep. */
export function isStorable(value: unknown, levels = mostLevels): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  return Object.entries(value).every(([key, inner]) => isStorable(key) && isStorable(inner, levels - 1));
}
