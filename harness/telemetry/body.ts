import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const unzip = promisify(gunzip);

/** The same limit before and after decompression, so that a small body cannot become a huge one. */
export const bodyLimitBytes = 16 * 1024 * 1024;

/** An answer other than 200, with the reason for whoever reads the sender's log. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Body {
  /** As it came, for passing on. */
  raw: Buffer;
  bytes: Buffer;
}

/** @throws Refusal 413 when it is too large, 415 for an unknown encoding, 400 when it is broken. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const raw = await collect(request);
  if (encoding === 'identity') return { raw, bytes: raw };
  if (encoding === 'gzip') return { raw, bytes: await decompress(raw) };
  throw new Refusal(415, `Expected the content encoding gzip or none, but got ${encoding}.`);
}

async function collect(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    sizeBytes += chunk.length;
    if (sizeBytes > bodyLimitBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

async function decompress(raw: Buffer): Promise<Buffer> {
  try {
    return await unzip(raw, { maxOutputLength: bodyLimitBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new Refusal(400, `Expected a gzip body, but got ${(error as Error).message}.`);
  }
}

function tooLarge(): Refusal {
  return new Refusal(413, `Expected a body of at most ${bodyLimitBytes} bytes, but got more.`);
}
