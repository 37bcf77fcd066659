import { hidden, type Mask } from './mask.ts';

/** Deeper than a log line is written by hand; a value below is not told. */
const deepest = 12;

/**
 * A copy of a value of JSON without its secrets. What stands below a secret name is hidden as a whole, lists and numbers
 * too; all other texts, and keys, are masked by their shape. `true`, `false` and null betray nothing.
 */
export function maskRecord(mask: Mask, value: unknown, depth: number = deepest): unknown {
  return maskValue(mask, '', value, depth);
}

function maskValue(mask: Mask, name: string, value: unknown, depth: number): unknown {
  if (typeof value === 'string') return mask.field(name, value);
  if (typeof value === 'number') return maskNumber(mask, name, value);
  if (typeof value !== 'object' || value === null) return value;
  if (mask.hides(name) || depth === 0) return hidden;
  return Array.isArray(value) ? maskList(mask, name, value, depth) : maskObject(mask, value, depth);
}

/** Long whole numbers may be those of cards. */
function maskNumber(mask: Mask, name: string, value: number): unknown {
  if (mask.hides(name)) return hidden;
  if (value < 1e12 || !Number.isInteger(value)) return value;
  const digits = String(value);
  return mask.field(name, digits) === digits ? value : hidden;
}

/** Names and values in turn, as in a list of raw headers or in the entry of a map, count as fields. */
function maskList(mask: Mask, name: string, values: readonly unknown[], depth: number): unknown[] {
  const isTurn = values.length % 2 === 0;
  return values.map((value, at) => {
    const before = at % 2 === 1 && isTurn ? values[at - 1] : undefined;
    return typeof before === 'string' && mask.hides(before)
      ? maskValue(mask, before, value, depth - 1)
      : maskValue(mask, name, value, depth - 1);
  });
}

function maskObject(mask: Mask, record: object, depth: number): Record<string, unknown> {
  const masked: Record<string, unknown> = {};
  const { name: label, value: named } = record as { name?: unknown; value?: unknown };
  for (const [key, value] of Object.entries(record)) {
    const isLabelled = key === 'value' && value === named && typeof label === 'string';
    put(
      masked,
      mask.text(key),
      maskValue(mask, isLabelled && mask.hides(label) ? label : key, value, depth - 1),
    );
  }
  return masked;
}

/** `__proto__` is a name like any other in JSON. */
function put(record: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') record[key] = value;
  else Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}
