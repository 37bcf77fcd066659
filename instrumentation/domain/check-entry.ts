import { durationBuckets } from '../metrics/buckets.ts';
import type { MetricKind } from '../metrics/metric.ts';
import type { MappedMetric, Path, Primitive } from './mapping.ts';
import {
  type Fields,
  isAscending,
  isAttributes,
  isFields,
  isMetricName,
  isName,
  isNumber,
  isPath,
  isShort,
  isText,
  isWhen,
  mostAttributes,
  mostBuckets,
} from './shapes.ts';

/** Something is wrong at `path`. */
export type Report = (path: string, expected: string, came: unknown) => void;

const kinds: readonly MetricKind[] = ['counter', 'up-down-counter', 'histogram', 'gauge'];
const known = 'channel name kind unit description value scale attributes buckets when'.split(' ');

/** One entry of a mapping file; undefined when something about it is wrong, all of which is reported. */
export function checkEntry(given: unknown, at: string, report: Report): MappedMetric | undefined {
  if (!isFields(given)) {
    report(at, 'an object', given);
    return undefined;
  }
  const entry = new Entry(given, at, report);
  entry.knowsOnly(known);
  const kind = entry.require<MetricKind>('kind', `one of ${kinds.join(', ')}`, (value) =>
    kinds.includes(value as MetricKind),
  );
  const found = {
    channel: entry.require<string>('channel', 'the name of a diagnostics channel', isName),
    name: entry.require<string>('name', 'letters, digits, _ . / -, a letter first', (value) =>
      isMetricName(value),
    ),
    unit: entry.optional('unit', 'a unit like s, By, 1 or {request}', '', isShort),
    description: entry.optional('description', 'a text', '', isText),
    value: entry.optional<string | undefined>('value', 'the name of a field', undefined, isPath),
    scale: entry.optional('scale', 'a number that is not 0', 1, (value) => isNumber(value) && value !== 0),
    buckets: entry.optional<number[] | undefined>(
      'buckets',
      `1 to ${mostBuckets} ascending numbers`,
      undefined,
      isAscending,
    ),
    attributes: entry.optional<Fields | string[]>(
      'attributes',
      `at most ${mostAttributes} fields: ["field"] or {"attribute": "field"}`,
      [],
      isAttributes,
    ),
    when: entry.optional<Fields>('when', '{"field": value}, the value a text, number or boolean', {}, isWhen),
  };
  if (found.buckets && kind && kind !== 'histogram') entry.wrong('buckets', `none for a ${kind}`);
  if (!found.value && (kind === 'histogram' || kind === 'gauge'))
    entry.wrong('value', `the field that a ${kind} records`);
  return entry.sound ? toMetric(found, kind) : undefined;
}

type Found = { channel: string; name: string; unit: string; description: string; scale: number } & {
  value: string | undefined;
  buckets: number[] | undefined;
  attributes: Fields | string[];
  when: Fields;
};

function toMetric(found: Found, kind: MetricKind): MappedMetric {
  const { channel, name, unit, description, value, scale, attributes, when } = found;
  // OpenTelemetry's default is made for milliseconds.
  const buckets = found.buckets ?? (kind === 'histogram' && unit === 's' ? durationBuckets : undefined);
  const pairs = Array.isArray(attributes)
    ? attributes.map((field) => [field, field] as const)
    : (Object.entries(attributes) as [string, string][]);
  return {
    channel,
    definition: {
      name,
      kind,
      unit,
      description,
      ...(buckets && { buckets }),
      ...(kind === 'counter' && value === undefined && { integer: true }),
    },
    value: value === undefined ? undefined : toPath(value),
    scale,
    attributes: pairs.map(([name, field]) => ({ name, path: toPath(field) })),
    when: Object.entries(when).map(([field, is]) => ({ path: toPath(field), is: is as Primitive })),
  };
}

/** Reads fields and remembers whether all were as they should be. */
class Entry {
  sound = true;
  readonly #given: Fields;
  readonly #at: string;
  readonly #report: Report;

  constructor(given: Fields, at: string, report: Report) {
    this.#given = given;
    this.#at = at;
    this.#report = report;
  }

  wrong(field: string, expected: string): void {
    this.sound = false;
    this.#report(`${this.#at}.${field}`, expected, this.#given[field]);
  }

  knowsOnly(fields: readonly string[]): void {
    for (const field of Object.keys(this.#given))
      if (!fields.includes(field)) this.wrong(field, `no such field, but ${fields.join(', ')}`);
  }

  /** What is given, also when it is wrong: the entry is not used then. */
  require<T>(field: string, expected: string, fits: (value: unknown) => boolean): T {
    if (!fits(this.#given[field])) this.wrong(field, expected);
    return this.#given[field] as T;
  }

  optional<T>(field: string, expected: string, otherwise: T, fits: (value: unknown) => boolean): T {
    return this.#given[field] === undefined ? otherwise : this.require<T>(field, expected, fits);
  }
}

function toPath(text: string): Path {
  return text.split('.');
}
