import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Makes something in a folder of its own and moves it to its place in one step, so that nobody ever sees half of
 * it, whoever else does the same at that moment. `make` gets the empty folder and returns the path of what it
 * made inside.
 */
export async function keep(place: string, make: (folder: string) => Promise<string>): Promise<void> {
  const folder = join(dirname(place), `.making-${randomUUID()}`);
  await readableFolder(dirname(place));
  await readableFolder(folder);
  try {
    await moveTo(await make(folder), place);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A folder that is there already stays: it was made by somebody who was faster. */
async function moveTo(made: string, place: string): Promise<void> {
  await rename(made, place).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

/** Others must be able to enter it whatever our umask is: PostgreSQL is started as another user. */
async function readableFolder(folder: string): Promise<void> {
  const isNew = (await mkdir(folder, { recursive: true })) !== undefined;
  if (isNew) await chmod(folder, 0o755);
}
