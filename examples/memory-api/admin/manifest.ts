import { z } from 'zod';
import { AdminError } from './exit.ts';

export const manifestVersion = 1;

/** The first line of an export. */
const manifestSchema = z.object({
  format: z.literal('memory-api-export'),
  version: z.literal(manifestVersion),
  /** How many lines follow. */
  count: z.int().min(0),
  /** Whose memories; null when they are everybody's. */
  user_id: z.string().nullable(),
  /** What each of the lines holds, by its name in the table. */
  columns: z.array(z.string().regex(/^[a-z_][a-z0-9_]*$/)).min(1),
  exported_at: z.iso.datetime(),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** @throws AdminError */
export function readManifest(text: string | undefined): Manifest {
  const parsed = manifestSchema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'the line';
  throw new AdminError(
    `line 1: expected the manifest of a memory-admin export, version ${manifestVersion}; ${where}: ${issue?.message}`,
  );
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
