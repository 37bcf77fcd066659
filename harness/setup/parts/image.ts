import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { keep } from '../keep.ts';
import type { Host, Parts, Way } from '../part.ts';
import { type Engine, EngineError, engineAt } from './docker-engine.ts';

export interface ImageFile {
  /** Address of the engine. */
  readonly engine: string;
  readonly image: string;
  /** Absolute path inside the image. */
  readonly file: string;
  readonly place: string;
  /** @throws Error when what came out of the image is of no use here. */
  readonly prove: (path: string) => Promise<unknown>;
  readonly signal: AbortSignal;
}

/** A program that its authors publish in an image. */
export interface ProgramInImage {
  readonly title: string;
  readonly image: string;
  /** Its absolute path in there. */
  readonly file: string;
  /** Its name in the cache's `bin`. */
  readonly name: string;
  /** Asks it for its version: an image for another machine gives a program that does not run here. */
  readonly ask: (path: string) => Promise<unknown>;
}

export function imageWay(host: Host, parts: Parts, { title, image, file, name, ask }: ProgramInImage): Way {
  return {
    what: `copy ${title} out of the image ${image} (pulled when it is not there)`,
    blocked: parts.docker?.good ? undefined : 'Docker does not answer',
    take: ({ signal }) => {
      const place = join(host.settings.cacheFolder, 'bin', name);
      return copyFromImage({ engine: parts.docker!.path, image, file, place, prove: ask, signal });
    },
  };
}

/**
 * Copies one file out of an image, which is pulled when the engine does not have it.
 *
 * @throws Error when the image cannot be had or the file is not in it.
 */
export async function copyFromImage(order: ImageFile): Promise<void> {
  const { image, file, place, prove, signal } = order;
  const engine = engineAt(order.engine, signal);
  await pullWhenMissing(engine, image);
  // Created, never started: only so that there is a file system to copy from.
  const created = await engine('POST', '/containers/create', {}, { Image: image, Cmd: ['none'] });
  const { Id } = (await json(created)) as { Id: string };
  try {
    await keep(place, async (folder) => {
      await unpack(await engine('GET', `/containers/${Id}/archive`, { path: file }), folder);
      const copied = join(folder, basename(file));
      await prove(copied);
      return copied;
    });
  } finally {
    // Also when the signal has ended everything else.
    const removal = engineAt(order.engine, AbortSignal.timeout(10_000));
    (await removal('DELETE', `/containers/${Id}`, { force: '1' })).resume();
  }
}

async function pullWhenMissing(engine: Engine, image: string): Promise<void> {
  try {
    (await engine('GET', `/images/${image}/json`)).resume();
    return;
  } catch (error) {
    if (!(error instanceof EngineError && error.status === 404)) throw error;
  }
  // A line of JSON for each step; a failure that comes while pulling is one of them, under status 200.
  const steps = await text(await engine('POST', '/images/create', { fromImage: withTag(image) }));
  const failure = /"error":"((?:[^"\\]|\\.)*)"/.exec(steps)?.[1];
  if (failure) throw new Error(failure);
}

/** Without a tag the engine would pull every one there is. */
function withTag(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
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
