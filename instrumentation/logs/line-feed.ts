import type { Feed } from '../wire/feed.ts';
import type { Writer } from '../wire/writer.ts';
import type { Lines } from './lines.ts';

/** Puts lines on the shelf as they are; what they become is the sender's work. */
export class LineFeed implements Lines {
  readonly #feed: Feed;
  #atMs = 0;
  readonly #encode = (writer: Writer, json: string) => writer.line(this.#atMs, json);

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  add(json: string, atMs: number): void {
    this.#atMs = atMs;
    this.#feed.add(this.#encode, json);
  }
}

/** When nobody wants lines. */
export const noLines: Lines = { add: () => {} };
