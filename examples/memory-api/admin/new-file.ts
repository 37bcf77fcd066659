import { access, rename, rm } from 'node:fs/promises';
import { AdminError } from './exit.ts';

/**
 * Has a file made that appears whole or not at all: `make` writes to the path that it gets.
 *
 * @throws AdminError when the file is there already, and what `make` throws
 */
export async function newFile<R>(file: string, make: (partial: string) => Promise<R>): Promise<R> {
  if (await exists(file))
    throw new AdminError(
      `${file} is there already: expected the name of a new file, so that nothing is lost`,
    );
  const partial = `${file}.partial`;
  try {
    const result = await make(partial);
    await rename(partial, file);
    return result;
  } finally {
    await rm(partial, { force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
