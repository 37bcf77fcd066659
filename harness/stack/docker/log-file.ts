import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { tail } from '../child.ts';

/** How long the rest of a log may take to come once its container is dead. */
const restMs = 2_000;

/** What a container prints, written to a file as it comes. */
export class LogFile {
  readonly path: string;
  #written: Promise<unknown> | undefined;

  constructor(path: string) {
    this.path = path;
  }

  get isFollowing(): boolean {
    return this.#written !== undefined;
  }

  follow(stream: Readable): void {
    const write = async () => {
      await mkdir(dirname(this.path), { recursive: true });
      await pipeline(stream, createWriteStream(this.path, { flags: 'a' }));
    };
    // A log that cannot be written is no reason to end a run: the tail will be empty.
    this.#written = write().catch(() => undefined);
  }

  /** Resolves when everything is on disk, after the container has ended. */
  async finished(): Promise<void> {
    const inTime = new AbortController();
    await Promise.race([this.#written, sleep(restMs, undefined, { signal: inTime.signal }).catch(() => {})]);
    inTime.abort();
  }

  tail(): Promise<string> {
    return tail(this.path, 20);
  }
}
