import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** What everything fits in that is not a memory's own text. */
export const widthColumns = 80;

/** Writes and waits while the reader is slower, so that nothing piles up in memory. */
export async function write(out: Writable, text: string): Promise<void> {
  if (!out.write(text)) await once(out, 'drain');
}

export type Cell = string | number;

/**
 * Lines of columns with a title each; numbers to the right. The last column is cut so that a line fits, as is none of
 * the others.
 */
export function table(titles: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const cells = [titles, ...rows.map((row) => row.map((cell) => printable(String(cell))))];
  const widths = titles.map((_, column) => Math.max(...cells.map((row) => [...row[column]!].length)));
  const isNumber = titles.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  );
  return cells.map((row) => {
    const padded = row.map((cell, column) => pad(cell, widths[column]!, isNumber[column]!));
    return cut(padded.join('  ').trimEnd(), widthColumns);
  });
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - [...text].length));
  return right ? space + text : text + space;
}

/** At most so many characters, the last of them `…` when something is missing. */
export function cut(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

/** In one line, and without what a terminal would obey: contents are anybody's text. */
export function printable(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}');
}

export function bytes(sizeBytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = sizeBytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

export function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

/** `1 memory`, `2 memories`. */
export function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
