import { z } from 'zod';
import { kinds } from '../memory.ts';
import type { Refused, Row } from './import-batch.ts';
import type { Line } from './lines.ts';

/** What the table's own rules would say less helpfully. Lengths of texts are left to them. */
const rowSchema = z.looseObject({
  id: z.guid(),
  user_id: z.string().min(1),
  kind: z.enum(kinds),
  content: z.string().min(1),
  metadata: z.record(z.string(), z.unknown()),
  created_at: z.iso.datetime({ offset: true }),
  embedding: z.array(z.number()).nullish(),
});

/** `dimensions`: how many every embedding has to have; any, when it is not given. */
export function parseRow({ number, text }: Line, dimensions?: number): Row | Refused {
  if (text === undefined) return { number, problem: 'expected UTF-8' };
  const value = parse(text);
  if (value === undefined) return { number, problem: 'expected JSON; is the line cut off?' };
  const parsed = rowSchema.safeParse(value);
  if (parsed.success) {
    const { id, embedding } = parsed.data;
    return embedding && dimensions !== undefined && embedding.length !== dimensions
      ? { number, problem: dimensionsProblem(embedding.length, dimensions) }
      : { number, id: id.toLowerCase(), text };
  }
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'line'}: ${message}`);
  return { number, problem: problems.join('; ') };
}

function dimensionsProblem(came: number, expected: number): string {
  return (
    `embedding: expected ${expected} dimensions, as EMBEDDINGS_DIMENSIONS says, and got ${came}, which no search by ` +
    'meaning would find: set it to what the service has, or import with --any-dimensions and then embeddings renew --others'
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
