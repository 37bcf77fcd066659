import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const row = z.object({
  library: z.string(),
  version: z.string(),
  expected: z.number(),
  fired: z.number(),
  state: z.enum(['hooked', 'channel', 'missed', 'off']),
  advice: z.string(),
});

const table = z.object({
  node: z.string(),
  main: z.string(),
  /** A server of the process listens. */
  listens: z.boolean(),
  bundled: z.boolean(),
  rows: z.array(row),
  monitors: z.array(z.string()),
  instrumentations: z.array(z.string()),
});

/** What the preload writes to `ORDEAL_HOOKS_FILE`: the packages that a service loaded against the hooks that fired. */
export type HookTable = z.infer<typeof table>;
export type HookTableRow = HookTable['rows'][number];

/** Undefined while it is not there, or is not what is expected. */
export async function readHookTable(file: string): Promise<HookTable | undefined> {
  try {
    return table.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
