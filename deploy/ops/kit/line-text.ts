import { printable } from '../../../examples/memory-api/admin/output.ts';
import type { Line } from './loki.ts';

/** What is shown of a line beside its message, in this order. */
const shown =
  'error_code category severity event outcome reason route status_code operation duration_ms dependency error_type user_id memory_id tool key_id address request_id trace_id'.split(
    ' ',
  );

/** One line of the log for a person: time, level, message, and the fields that say where to look next. */
export function lineText({ atMs, text }: Line): string {
  const time = new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
  const fields = parse(text);
  if (!fields) return `${time} ${printable(text)}`;
  const told = shown.flatMap((name) =>
    fields[name] === undefined ? [] : [`${name}=${String(fields[name])}`],
  );
  const message = String(fields.message ?? '');
  return printable(`${time} ${String(fields.level ?? '')} ${message} ${told.join(' ')}`.trimEnd());
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
