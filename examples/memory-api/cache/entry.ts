/** How a value is kept: with the tokens of the stamps under which it was loaded. Without a value: there is none. */
interface Entry {
  under: readonly string[];
  value?: unknown;
}

/** What a text was found to hold; `value` is undefined when it says that there is none. */
export interface Kept<T> {
  value: T | undefined;
}

export function toText(under: readonly string[], value: unknown): string {
  return JSON.stringify({ under, value } satisfies Entry);
}

/**
 * @param tokens of the stamps as they stand now
 * @returns undefined when the text is none of ours (cut short, or of another version) or no longer counts
 */
export function fromText<T>(
  text: string | null,
  tokens: readonly (string | null)[],
  parse: (value: unknown) => T | undefined,
): Kept<T> | undefined {
  const entry = entryOf(text);
  if (!entry || entry.under.length !== tokens.length) return undefined;
  if (!tokens.every((token, index) => token === entry.under[index])) return undefined;
  if (entry.value === undefined) return { value: undefined };
  const value = parse(entry.value);
  return value === undefined ? undefined : { value };
}

function entryOf(text: string | null): Entry | undefined {
  if (text === null) return undefined;
  try {
    const entry: unknown = JSON.parse(text);
    return entry !== null && typeof entry === 'object' && 'under' in entry && Array.isArray(entry.under)
      ? (entry as Entry)
      : undefined;
  } catch {
    return undefined;
  }
}
