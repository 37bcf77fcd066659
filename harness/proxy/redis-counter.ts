import type { Counts } from './counts.ts';
import { Pairing } from './pairing.ts';
import { RequestReader } from './requests.ts';

/** What looks at the bytes of one connection as they pass; it never throws, and never keeps them. */
export interface Witness {
  toDependency(chunk: Buffer): void;
  toTarget(chunk: Buffer): void;
}

/**
 * Counts the commands, hits, misses and errors of one connection. What is not RESP counts as one error, and
 * ends the counting of this connection.
 */
export function redisCounter(counts: Counts, isCacheKey: (key: string) => boolean): Witness {
  const pairing = new Pairing(counts);
  const requests = new RequestReader(isCacheKey, (request) => pairing.request(request));
  let lost = false;
  const look = (at: (chunk: Buffer) => void) => (chunk: Buffer) => {
    if (lost) return;
    try {
      at(chunk);
    } catch {
      lost = true;
      counts.since.errors++;
    }
  };
  return {
    toDependency: look((chunk) => requests.push(chunk)),
    toTarget: look((chunk) => pairing.replies(chunk)),
  };
}
