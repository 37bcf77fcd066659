import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** As `sha256sum` tells it. */
export async function checksumOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** @throws Error when the file is not the one that its `.sha256` is of; without such a file nothing is known */
export async function refuseDamaged(file: string): Promise<void> {
  const expected = await readFile(`${file}.sha256`, 'utf8').catch(() => undefined);
  if (expected === undefined) return;
  const got = await checksumOf(file);
  if (!expected.startsWith(got))
    throw new Error(
      `${file} is damaged: expected the SHA-256 ${expected.slice(0, 64)}, got ${got}.\nTake another backup.`,
    );
}
