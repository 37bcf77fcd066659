import type { Attributes, AttributeValue } from '@opentelemetry/api';

/** A longer text is cut: 200 series with a text of a megabyte each would fill the memory of the service. */
const longestText = 512;
const mostAttributes = 32;

/**
 * The same text for the same attributes, in whatever order they are given. Texts are written with their length, so that
 * no content of one can look like the next.
 */
export function keyOf(attributes: Attributes): string {
  const names = Object.keys(attributes);
  sortFew(names);
  let key = '';
  const count = Math.min(names.length, mostAttributes);
  for (let index = 0; index < count; index++) {
    const name = names[index] as string;
    const value = attributes[name];
    if (value === undefined || value === null) continue;
    key += `${name.length}:${name}=${textOf(value)};`;
  }
  return key;
}

/** A copy of what `keyOf` looked at, in the same order: the caller may change its own afterwards. */
export function keep(attributes: Attributes): Attributes {
  const kept: Attributes = {};
  const names = Object.keys(attributes);
  sortFew(names);
  for (const name of names.slice(0, mostAttributes)) {
    const value = attributes[name];
    if (value !== undefined && value !== null) kept[name] = keepValue(value);
  }
  return kept;
}

/** By insertion: for a handful of names, mostly in order already, `sort` takes longer than all the rest. */
function sortFew(names: string[]): void {
  if (names.length > mostAttributes) {
    names.sort();
    return;
  }
  for (let index = 1; index < names.length; index++) {
    const name = names[index] as string;
    let at = index;
    for (; at > 0 && (names[at - 1] as string) > name; at--) names[at] = names[at - 1] as string;
    names[at] = name;
  }
}

function textOf(value: AttributeValue): string {
  if (typeof value === 'string')
    return `s${value.length}:${value.length > longestText ? value.slice(0, longestText) : value}`;
  if (typeof value === 'number') return `n${value}`;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return `a${JSON.stringify(keepValue(value))}`;
}

function keepValue(value: AttributeValue): AttributeValue {
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (!Array.isArray(value)) return cut(String(value));
  return value.slice(0, mostAttributes).map((item) => cut(String(item)));
}

/** Copied, since a part of a text keeps the whole of it in memory. */
function cut(text: string): string {
  return text.length > longestText ? Buffer.from(text.slice(0, longestText)).toString() : text;
}
