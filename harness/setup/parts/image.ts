import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { keep } from '../keep.ts';

export interface ImageFile {
  readonly image: string;
  /** Absolute path inside the image. */
  readonly file: string;
  readonly place: string;
  /** @throws Error when what came out of the image is of no use here. */
  readonly prove: (path: string) => Promise<unknown>;
  readonly signal: AbortSignal;
}

/**
 * Copies one file out of an image, which is pulled when the engine does not have it. Testcontainers is the
 * client, because it finds engines and registry credentials; it is loaded here only, since that takes 0.6 s.
 *
 * @throws Error when the image cannot be had or the file is not in it.
 */
export async function copyFromImage({ image, file, place, prove, signal }: ImageFile): Promise<void> {
  const { getContainerRuntimeClient, ImageName } = await import('testcontainers');
  const client = await getContainerRuntimeClient();
  const imageName = ImageName.fromString(image);
  if (!(await client.image.exists(imageName))) await client.image.pull(imageName);
  signal.throwIfAborted();
  // Created, never started: only so that there is a file system to copy from.
  const container = await client.container.create({ Image: image, Cmd: ['version'] });
  try {
    await keep(place, async (folder) => {
      await unpack((await client.container.fetchArchive(container, file)) as Readable, folder);
      const copied = join(folder, basename(file));
      await prove(copied);
      return copied;
    });
  } finally {
    await client.container.remove(container);
  }
}

/** The engine hands files over as a tar archive. */
async function unpack(archive: Readable, folder: string): Promise<void> {
  const tar = spawn('tar', ['-x', '-f', '-', '-C', folder, '--no-same-owner'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const said = text(tar.stderr);
  const closed = once(tar, 'close');
  await pipeline(archive, tar.stdin);
  const [code] = await closed;
  if (code !== 0) throw new Error(`tar ended with ${code}: ${await said}`);
}
