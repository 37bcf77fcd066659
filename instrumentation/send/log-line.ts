import type { Mask } from '../mask/mask.ts';
import { maskRecord } from '../mask/mask-record.ts';
import type { IsoTimes } from './iso-time.ts';
import { type Level, levelOf } from './levels.ts';
import type { RawLine } from './lines.ts';

/** What a line is made with. */
export interface LineShape {
  readonly service: string;
  readonly version: string;
  readonly mask: Mask;
  readonly times: IsoTimes;
}

/** A line under the names of the log format, whatever names the service uses on stdout; masked. */
export interface ShapedLine {
  readonly atMs: number;
  /** What it is sorted under; `fields.level` is what the service calls it. */
  readonly level: Level;
  readonly fields: LineFields;
}

export interface LineFields extends Record<string, unknown> {
  /** ISO 8601. */
  readonly timestamp: string;
  readonly level: string;
  readonly message: string;
  readonly service: unknown;
  readonly version: unknown;
}

const taken = new Set(['timestamp', 'time', 'level', 'message', 'msg']);

/** A text that is no JSON object becomes a line with the text as its message. */
export function shapeLine({ text, atMs }: RawLine, shape: LineShape): ShapedLine {
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields))
      return shaped(fields as Record<string, unknown>, atMs, shape);
  } catch {
    // No JSON, or nested too deeply to look through.
  }
  return shaped({ msg: text }, atMs, shape);
}

function shaped(written: Record<string, unknown>, atMs: number, shape: LineShape): ShapedLine {
  const { mask } = shape;
  const { level, message = written.msg } = written;
  const sorted = levelOf(level);
  const fields: LineFields = {
    timestamp: shape.times.read(written.timestamp ?? written.time, atMs),
    level: typeof level === 'string' ? mask.field('level', level) : sorted,
    message: mask.field('message', textOf(message)),
    service: shape.service,
    version: shape.version,
  };
  for (const key in written)
    if (!taken.has(key) || (key === 'msg' && message !== written.msg))
      maskInto(fields, key, written[key], mask);
  return { atMs, level: sorted, fields };
}

/** What most fields are is copied at once; the rest of it is `maskRecord`'s to know. */
function maskInto(fields: Record<string, unknown>, key: string, value: unknown, mask: Mask): void {
  if (key !== '__proto__' && mask.text(key) === key) {
    if (typeof value === 'string') {
      fields[key] = mask.field(key, value);
      return;
    }
    if (typeof value === 'boolean' || (typeof value === 'number' && value < 1e12 && !mask.hides(key))) {
      fields[key] = value;
      return;
    }
  }
  // Defined and not assigned: `__proto__` is a name like any other in JSON.
  Object.defineProperties(fields, Object.getOwnPropertyDescriptors(maskRecord(mask, { [key]: value })));
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  return message === undefined || message === null ? '' : JSON.stringify(message);
}
