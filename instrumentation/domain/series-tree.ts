import type { Attributes } from '@opentelemetry/api';
import { mostSeries } from '../metrics/series.ts';
import type { MappedMetric, Path, Primitive } from './mapping.ts';

const longestValue = 100;

/** The field of a message; undefined where there is none. */
export type Read = (message: unknown) => unknown;

export function reader(path: Path): Read {
  const [first = '', ...rest] = path;
  const read: Read = (message) => (message as Record<string, unknown> | null | undefined)?.[first];
  if (rest.length === 0) return read;
  const readInside = reader(rest);
  return (message) => readInside(read(message));
}

/**
 * Finds what belongs to the attributes of a message. One level per attribute: nothing is joined or allocated for a
 * combination that has been seen.
 */
export class SeriesTree<S> {
  readonly #attributes: readonly { readonly name: string; readonly read: Read }[];
  readonly #make: (attributes: Attributes) => S;
  readonly #root = new Map<unknown, unknown>();
  #only: S | undefined;
  #size = 0;

  /** `make` is asked again for each message whose combination came after the first `mostSeries`. */
  constructor(attributes: MappedMetric['attributes'], make: (attributes: Attributes) => S) {
    this.#attributes = attributes.map(({ name, path }) => ({ name, read: reader(path) }));
    this.#make = make;
  }

  find(message: unknown): S {
    if (this.#attributes.length === 0) {
      this.#only ??= this.#make({});
      return this.#only;
    }
    let level: unknown = this.#root;
    for (const { read } of this.#attributes) {
      level = (level as Map<unknown, unknown>).get(toValue(read(message)));
      if (level === undefined) return this.#add(message);
    }
    return level as S;
  }

  #add(message: unknown): S {
    const values = this.#attributes.map(({ read }) => toValue(read(message)));
    const attributes: Attributes = {};
    this.#attributes.forEach(({ name }, at) => {
      if (values[at] !== undefined) attributes[name] = values[at];
    });
    const made = this.#make(attributes);
    if (this.#size >= mostSeries) return made;
    this.#size += 1;
    this.#place(values, made);
    return made;
  }

  #place(values: readonly unknown[], made: S): void {
    let level = this.#root;
    for (const value of values.slice(0, -1)) {
      let next = level.get(value) as Map<unknown, unknown> | undefined;
      if (!next) {
        next = new Map();
        level.set(value, next);
      }
      level = next;
    }
    level.set(values.at(-1), made);
  }
}

/** What may be an attribute; anything else is left out. */
function toValue(value: unknown): Primitive | undefined {
  if (typeof value === 'string') return value.length > longestValue ? cut(value) : value;
  return typeof value === 'boolean' || typeof value === 'number' ? value : undefined;
}

/** By way of bytes: a slice would keep the whole text in memory, and could end in half a character. */
function cut(text: string): string {
  return Buffer.from(text.slice(0, longestValue)).toString();
}
