import type { Counts } from './counts.ts';
import { Fifo } from './fifo.ts';
import { countElement, countReply, type Read } from './reads.ts';
import type { Request } from './requests.ts';
import { RespError, type RespKind, RespScanner } from './resp.ts';

/** What the next reply is a reply to. */
type Awaited =
  | { readonly is: 'command' | 'handshake' | 'multi' | 'exec' | 'discard' | 'subscribe' | 'stream' }
  | { readonly is: 'read'; readonly read: Read };

const command: Awaited = { is: 'command' };
const handshake: Awaited = { is: 'handshake' };
/** Commands that set a connection up, ask after it or keep it alive. */
const handshakes: ReadonlySet<string> = new Set([
  'ASKING',
  'AUTH',
  'CLIENT',
  'COMMAND',
  'ECHO',
  'HELLO',
  'INFO',
  'PING',
  'QUIT',
  'READONLY',
  'READWRITE',
  'RESET',
  'SELECT',
]);
const special: ReadonlyMap<string, Awaited> = new Map<string, Awaited>([
  ['MULTI', { is: 'multi' }],
  ['EXEC', { is: 'exec' }],
  ['DISCARD', { is: 'discard' }],
  ['RESET', { is: 'discard' }],
  ['SUBSCRIBE', { is: 'subscribe' }],
  ['PSUBSCRIBE', { is: 'subscribe' }],
  ['SSUBSCRIBE', { is: 'subscribe' }],
  ['UNSUBSCRIBE', { is: 'subscribe' }],
  ['PUNSUBSCRIBE', { is: 'subscribe' }],
  ['SUNSUBSCRIBE', { is: 'subscribe' }],
  ['MONITOR', { is: 'stream' }],
  ['SYNC', { is: 'stream' }],
  ['PSYNC', { is: 'stream' }],
]);

/** More requests without a reply than this are not remembered. */
const maxAwaited = 1_000_000;
/** Longer than `punsubscribe`. */
const maxPushNameBytes = 16;

/**
 * Holds the replies of one connection against its requests, in order, and counts both.
 *
 * A transaction is told by its replies: after MULTI was answered, a status is `QUEUED`, and the elements of
 * EXEC's reply are the replies to what was queued. Once a connection subscribes (RESP2), monitors or
 * replicates, what comes is no longer a reply to anything: from then on only commands and errors are counted.
 */
export class Pairing {
  readonly #counts: Counts;
  readonly #scanner: RespScanner;
  readonly #awaited = new Fifo<Awaited>();
  #paired = true;
  /** CLIENT REPLY: whether replies come, and for how many requests they are left out. */
  #silent = false;
  #skip = 0;
  /** What was queued since MULTI. */
  #queued: Awaited[] | undefined;
  /** The reply that is passing: what it answers, and for EXEC what its elements answer. */
  #now: Awaited | undefined;
  #executed: Awaited[] = [];
  #element: Awaited | undefined;
  #inPush = false;

  constructor(counts: Counts) {
    this.#counts = counts;
    this.#scanner = new RespScanner({
      head: (kind, size, depth, index) => this.#head(kind, size, depth, index),
      bytes: (bytes) => this.#pushNamed(bytes.toString('latin1')),
      end: () => {},
    });
  }

  request(request: Request): void {
    const isHandshake = handshakes.has(request.name);
    if (isHandshake) this.#counts.since.handshakes++;
    else this.#counts.command(request.name);
    if (!this.#paired || !this.#willBeAnswered(request)) return;
    if (this.#awaited.length >= maxAwaited) throw new RespError(`${maxAwaited} requests without a reply`);
    this.#awaited.push(awaited(request, isHandshake));
  }

  /** @throws RespError when this is not RESP, or answers nothing; of no use afterwards. */
  replies(chunk: Buffer): void {
    this.#scanner.push(chunk);
  }

  #willBeAnswered({ name, words }: Request): boolean {
    if (name === 'RESET') this.#silent = false;
    if (name === 'CLIENT' && words[0] === 'REPLY') {
      this.#silent = words[1] === 'OFF' || (this.#silent && words[1] !== 'ON');
      // The next command is skipped as well.
      if (words[1] === 'SKIP') this.#skip = 2;
    }
    if (this.#skip > 0) {
      this.#skip--;
      return false;
    }
    return !this.#silent;
  }

  #head(kind: RespKind, size: number, depth: number, index: number): number {
    if (depth === 0) {
      this.#inPush = kind === 'push';
      if (!this.#inPush) this.#begin(kind, size);
    } else if (this.#inPush) {
      return depth === 1 && index === 0 && this.#awaited.peek()?.is === 'subscribe' ? maxPushNameBytes : 0;
    } else if (this.#now?.is === 'exec') {
      this.#executedHead(kind, size, depth, index);
    } else if (this.#now?.is === 'read' && depth === 1) {
      countElement(this.#now.read, kind, index, this.#counts.since);
    }
    return 0;
  }

  #begin(kind: RespKind, size: number): void {
    const answers = this.#awaited.shift();
    this.#now = undefined;
    if (kind === 'error' && answers?.is !== 'handshake') this.#counts.since.errors++;
    if (!this.#paired || (answers === undefined && kind === 'error')) return;
    if (answers === undefined) throw new RespError('a reply without a request');
    if (this.#queued && kind === 'status' && canBeQueued(answers)) {
      this.#queued.push(answers);
    } else {
      this.#now = answers;
      this.#answered(answers, kind, size);
    }
  }

  #answered(answers: Awaited, kind: RespKind, size: number): void {
    switch (answers.is) {
      case 'read':
        if (kind !== 'error') countReply(answers.read, kind, size, this.#counts.since);
        return;
      case 'multi':
        if (kind === 'status') this.#queued = [];
        return;
      case 'exec':
        this.#executed = (kind === 'array' && this.#queued) || [];
        this.#queued = undefined;
        return;
      case 'discard':
        this.#queued = undefined;
        return;
      case 'subscribe':
      case 'stream':
        if (kind !== 'error') this.#unpair();
        return;
      case 'command':
      case 'handshake':
        return;
    }
  }

  #executedHead(kind: RespKind, size: number, depth: number, index: number): void {
    const { since } = this.#counts;
    if (depth === 1) {
      if (kind === 'error') since.errors++;
      this.#element = this.#executed[index];
      if (kind !== 'error' && this.#element?.is === 'read') countReply(this.#element.read, kind, size, since);
    } else if (depth === 2 && this.#element?.is === 'read') {
      countElement(this.#element.read, kind, index, since);
    }
  }
  /** In RESP3 a subscription is confirmed by pushes, the first of which stands for the reply. */
  #pushNamed(name: string): void {
    if (name.endsWith('subscribe')) this.#awaited.shift();
  }

  #unpair(): void {
    this.#paired = false;
    this.#queued = undefined;
    this.#awaited.clear();
  }
}

function canBeQueued({ is }: Awaited): boolean {
  return is === 'command' || is === 'read' || is === 'handshake';
}

function awaited({ name, read }: Request, isHandshake: boolean): Awaited {
  if (read) return { is: 'read', read };
  return special.get(name) ?? (isHandshake ? handshake : command);
}
