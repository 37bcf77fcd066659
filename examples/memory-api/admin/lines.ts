import { AdminError } from './exit.ts';

export interface Line {
  /** From 1. */
  number: number;
  /** Undefined when it is not UTF-8. */
  text: string | undefined;
}

/** Far more than a memory with its embedding can be. */
const longestLineBytes = 16 * 1024 * 1024;
const newline = 0x0a;

/**
 * The lines of a stream of bytes, with no more than one of them in memory.
 *
 * @throws AdminError for a line that is too long, and the error of the stream
 */
export async function* readLines(input: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0;
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const chunk of input) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      number += 1;
      yield { number, text: decode(Buffer.concat([...begun, chunk.subarray(from, end)])) };
      begun = [];
      begunBytes = 0;
      from = end + 1;
    }
    begun.push(chunk.subarray(from));
    begunBytes += chunk.length - from;
    if (begunBytes > longestLineBytes)
      throw new AdminError(
        `line ${number + 1} is longer than 16 MiB: expected a file made by memory-admin export`,
      );
  }
  if (begunBytes > 0) yield { number: number + 1, text: decode(Buffer.concat(begun)) };
}

/** Replacing what is broken would store another text than was exported. */
function decode(line: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(line);
  } catch {
    return undefined;
  }
}
