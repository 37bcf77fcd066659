import { type Level, levelOf } from './levels.ts';
import type { RawLine } from './lines.ts';
import type { LineShape } from './log-line.ts';
import { endOfPlain, mayBePlain } from './plain-value.ts';

/** A line under the names of the log format, as JSON. */
export interface ToldLine {
  readonly level: Level;
  readonly json: string;
}

/** What is known of the fields of a name. */
interface Field {
  readonly name: string;
  /** `"name":` */
  readonly quoted: string;
  /** As which its values are masked. */
  readonly maskedAs: string;
  readonly hides: boolean;
  readonly isSpecial: boolean;
  /** The number of the last line that had it, and the field that followed there. */
  line: number;
  next: Field | undefined;
  /** The last text, and as JSON how it was told; undefined where it was told as it was written. */
  lastValue: string;
  lastTold: string | undefined;
}

/** Fields that a service has in its lines; more than so many are not names but data. */
const mostFields = 500;
const longestRemembered = 200;
const longestNumber = 11;
const [quote, comma, colon, opening] = [0x22, 0x2c, 0x3a, 0x7b];
const special = new Set(['timestamp', 'time', 'level', 'message', 'msg', 'service', 'version']);

/**
 * Tells plain lines (see plain-value.ts) as `shapeLine` and JSON.stringify do, in half of the time: no object is made of
 * them, and what stands in them is copied as it was written.
 */
export class PlainLines {
  readonly #shape: LineShape;
  readonly #fields = new Map<string, Field>();
  readonly #start: Field = newField('', false);
  readonly #service: string;
  readonly #version: string;
  #lines = 0;

  constructor(shape: LineShape) {
    this.#shape = shape;
    this.#service = JSON.stringify(shape.service);
    this.#version = JSON.stringify(shape.version);
  }

  /** Undefined when the line is not plain enough. */
  tell({ text, atMs }: RawLine): ToldLine | undefined {
    const found: Found = { level: 'info', levelJson: '"info"', rest: '' };
    if (!mayBePlain(text) || !this.#read(text, found)) return undefined;
    const { level, levelJson, message = '""', rest, time } = found;
    const { service = this.#service, version = this.#version } = found;
    const timestamp = this.#shape.times.read(time, atMs);
    const start = `{"timestamp":"${timestamp}","level":${levelJson},"message":${message}`;
    return { level, json: `${start},"service":${service},"version":${version}${rest}}` };
  }

  /** False when the line is not plain after all. */
  #read(text: string, found: Found): boolean {
    const line = ++this.#lines;
    let field: Field | undefined = this.#start;
    // Fields that are told as they were written are copied together: from here to there.
    let [from, to] = [0, 0];
    let at = 0;
    for (let sign = opening; sign === comma || at === 0; sign = text.charCodeAt(at)) {
      field = this.#fieldAt(text, at + 1, field);
      // Of two fields of one name the last counts.
      if (!field || field.line === line) return false;
      field.line = line;
      const start = at + 1 + field.quoted.length;
      const end = endOfPlain(text, start);
      if (end < 0) return false;
      const isText = text.charCodeAt(start) === quote;
      if (!isText && !isHarmless(field, end - start)) return false;
      const masked = isText ? this.#masked(field, text.slice(start + 1, end - 1)) : undefined;
      if (field.isSpecial) {
        if (!take(found, field.name, masked ?? text.slice(start, end), isText)) return false;
      } else if (masked !== undefined || at === 0) {
        found.rest += `${text.slice(from, to)},${field.quoted}${masked ?? text.slice(start, end)}`;
        from = to = end;
      } else {
        if (to !== at) {
          found.rest += text.slice(from, to);
          from = at;
        }
        to = end;
      }
      at = end;
    }
    found.rest += text.slice(from, to);
    return at === text.length - 1;
  }

  /** That begins at `at`; undefined when its name is not told as it is. Mostly it is the one that followed last time. */
  #fieldAt(text: string, at: number, before: Field): Field | undefined {
    const { next } = before;
    if (next && text.startsWith(next.quoted, at)) return next;
    const end = text.indexOf('"', at + 1);
    if (text.charCodeAt(at) !== quote || end < 0 || text.charCodeAt(end + 1) !== colon) return undefined;
    const name = text.slice(at + 1, end);
    const field = this.#fields.get(name) ?? this.#newField(name);
    before.next = field;
    return field;
  }

  #newField(name: string): Field | undefined {
    const { mask } = this.#shape;
    if (name === '__proto__' || this.#fields.size >= mostFields || mask.text(name) !== name) return undefined;
    const field = newField(name, mask.hides(name));
    this.#fields.set(name, field);
    return field;
  }

  /** As JSON; undefined when it is told as it was written. */
  #masked(field: Field, value: string): string | undefined {
    if (field.lastValue === value) return field.lastTold;
    const masked = this.#shape.mask.field(field.maskedAs, value);
    const told = masked === value ? undefined : JSON.stringify(masked);
    if (value.length > longestRemembered) return told;
    field.lastValue = value;
    field.lastTold = told;
    return told;
  }
}

/** What the format has a place of its own for. */
interface Found {
  level: Level;
  levelJson: string;
  time?: string | number;
  message?: string;
  service?: string;
  version?: string;
  /** All other fields, each with a comma before it. */
  rest: string;
}

/** A number that is told whatever it is; a longer one may be that of a card. */
function isHarmless({ hides, isSpecial }: Field, digits: number): boolean {
  return !hides && (isSpecial || digits <= longestNumber);
}

/** `json`: of the value. False when the line is not plain after all. */
function take(line: Found, name: string, json: string, isText: boolean): boolean {
  if (name === 'service' || name === 'version') {
    line[name] = json;
    return isText;
  }
  if (name === 'level') {
    line.level = levelOf(isText ? json.slice(1, -1) : Number(json));
    line.levelJson = isText ? json : `"${line.level}"`;
    return isText || !Number.isNaN(Number(json));
  }
  if (name === 'msg' || name === 'message') {
    if (line.message !== undefined) return false;
    line.message = json;
    return isText;
  }
  if (line.time !== undefined) return false;
  line.time = isText ? json.slice(1, -1) : Number(json);
  return true;
}

function newField(name: string, hides: boolean): Field {
  return {
    name,
    quoted: `${JSON.stringify(name)}:`,
    maskedAs: name === 'msg' ? 'message' : name,
    hides,
    isSpecial: special.has(name),
    ...{ line: 0, next: undefined, lastValue: '', lastTold: undefined },
  };
}
