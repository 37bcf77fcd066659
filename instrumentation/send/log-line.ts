import type { Mask } from '../mask/mask.ts';
import { maskRecord } from '../mask/mask-record.ts';
import { type Level, levelOf } from './levels.ts';
import type { RawLine } from './lines.ts';

/** What a line is made with. */
export interface LineShape {
  readonly service: string;
  readonly version: string;
  readonly mask: Mask;
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
  const { timestamp, time, level, message, msg, ...rest } = written;
  const sorted = levelOf(level);
  const fields: LineFields = {
    timestamp: isoTime(timestamp ?? time, atMs),
    level: typeof level === 'string' ? shape.mask.text(level) : sorted,
    message: shape.mask.text(textOf(message ?? msg)),
    service: shape.service,
    version: shape.version,
    ...(maskRecord(shape.mask, rest) as Record<string, unknown>),
  };
  return { atMs, level: sorted, fields };
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  return message === undefined || message === null ? '' : JSON.stringify(message);
}

/** As it was written, or from epoch milliseconds or seconds; `atMs` when it is no time. */
function isoTime(written: unknown, atMs: number): string {
  if (typeof written === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*(Z|[+-]\d\d:?\d\d)$/.test(written))
    return written;
  if (typeof written === 'number' && written > 0 && written < latestMs)
    return new Date(written < earliestMs ? written * 1000 : written).toISOString();
  return new Date(atMs).toISOString();
}

/** A smaller number (before March 1973) is taken for seconds. */
const earliestMs = 1e11;
/** What a Date can hold. */
const latestMs = 8.64e15;
