import { isKeyOf, type Read, readOf } from './reads.ts';
import { RespError, type RespKind, RespScanner } from './resp.ts';

/** A command as it was sent. */
export interface Request {
  /** In capitals: `GET`; `OTHER` when it is no name of a command. */
  readonly name: string;
  /** Of a command that reads, when one of its keys is a cache key. */
  readonly read?: Read | undefined;
  /** Its first two arguments in capitals; only of CLIENT. */
  readonly words: readonly string[];
}

/** No name of a command is longer; Redis modules included. */
const maxNameBytes = 32;
/** A longer key is taken for one that is not cached. */
const maxKeyBytes = 4096;

/** Reads the requests of one connection. */
export class RequestReader {
  readonly #scanner: RespScanner;
  readonly #isCacheKey: (key: string) => boolean;
  readonly #onRequest: (request: Request) => void;
  #name = '';
  #read: Read | undefined;
  #words: string[] = [];
  /** Which argument is being read; 0 is the name. */
  #argument = 0;

  constructor(isCacheKey: (key: string) => boolean, onRequest: (request: Request) => void) {
    this.#isCacheKey = isCacheKey;
    this.#onRequest = onRequest;
    this.#scanner = new RespScanner({
      head: (kind, size, depth, index) => this.#head(kind, size, depth, index),
      bytes: (bytes) => this.#take(bytes.toString('latin1')),
      end: () => this.#end(),
      inline: (line) => this.#inline(line.toString('latin1')),
    });
  }

  /** @throws RespError when this is not RESP; the reader is of no use afterwards. */
  push(chunk: Buffer): void {
    this.#scanner.push(chunk);
  }

  #head(kind: RespKind, size: number, depth: number, index: number): number {
    if (depth === 0) return 0;
    if (kind !== 'bulk') throw new RespError(`expected a bulk string as argument, got ${kind}`);
    this.#argument = index;
    const limit = this.#limit(index);
    if (size <= limit) return limit;
    if (index === 0) this.#name = 'OTHER';
    else if (this.#read && limit > 0) this.#read.cached.push(false);
    return 0;
  }

  /** How long this argument may be to be of interest. */
  #limit(index: number): number {
    if (index === 0) return maxNameBytes;
    if (this.#name === 'CLIENT') return index <= 2 ? maxNameBytes : 0;
    return this.#read && isKeyOf(this.#name, index) ? maxKeyBytes : 0;
  }

  #take(argument: string): void {
    if (this.#argument === 0) this.#begin(argument);
    else if (this.#read) this.#read.cached.push(this.#isCacheKey(argument));
    else this.#words.push(argument.toUpperCase());
  }

  #begin(name: string): void {
    const upper = name.toUpperCase();
    this.#name = /^[A-Z][A-Z0-9._-]*$/.test(upper) ? upper : 'OTHER';
    this.#read = readOf(this.#name);
  }

  #end(): void {
    const name = this.#name;
    const words = this.#words;
    const read = this.#read?.cached.includes(true) ? this.#read : undefined;
    this.#name = '';
    this.#read = undefined;
    this.#words = [];
    // Redis passes over an empty request without a reply.
    if (name !== '') this.#onRequest({ name, read, words });
  }

  #inline(line: string): void {
    for (const [index, word] of line.split(/\s+/).filter(Boolean).entries()) {
      this.#argument = index;
      if (this.#limit(index) > 0) this.#take(word.replace(/^(["'])(.*)\1$/, '$2'));
    }
    this.#end();
  }
}
