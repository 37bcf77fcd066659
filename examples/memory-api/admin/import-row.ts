import { z } from 'zod';
import { kinds } from '../memory.ts';
import type { Refused, Row } from './import-batch.ts';
import type { Line } from './lines.ts';

/** What the table's own rules would say less helpfully. Lengths and dimensions are left to them. */
const rowSchema = z.looseObject({
  id: z.guid(),
  user_id: z.string().min(1),
  kind: z.enum(kinds),
  content: z.string().min(1),
  metadata: z.record(z.string(), z.unknown()),
  created_at: z.iso.datetime({ offset: true }),
  embedding: z.array(z.number()).nullish(),
});

export function parseRow({ number, text }: Line): Row | Refused {
  if (text === undefined) return { number, problem: 'expected UTF-8' };
  const value = parse(text);
  if (value === undefined) return { number, problem: 'expected JSON; is the line cut off?' };
  const parsed = rowSchema.safeParse(value);
  if (parsed.success) return { number, id: parsed.data.id.toLowerCase(), text };
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'line'}: ${message}`);
  return { number, problem: problems.join('; ') };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
