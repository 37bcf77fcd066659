import type { Socket } from 'node:net';
import { Fifo } from './fifo.ts';

/** What waits in a lane at most; more stays in the sender's socket. A chunk costs more than its bytes. */
const maxWaitingBytes = 16 * 1024 * 1024;
const chunkOverheadBytes = 256;

export interface LaneHooks {
  /** A chunk came, and may have to wait. */
  onArrival(chunk: Buffer): void;
  /** A chunk was passed on. */
  onPassed(bytes: number): void;
}

/** `undefined` is the end of the stream: it keeps its place behind the bytes. */
interface Waiting {
  readonly chunk: Buffer | undefined;
  readonly dueMs: number;
}

/**
 * One direction of a connection.
 *
 *     from ──▶ (nothing waits: at once) ───────────────▶ to
 *          └─▶ waiting, each until due, or held ───────┘
 *
 * While `to` is slower than `from`, or too much waits, `from` is not read, so the kernel slows the sender down.
 */
export class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #hooks: LaneHooks;
  readonly #waiting = new Fifo<Waiting>();
  #waitingBytes = 0;
  #held = false;
  #delayMs: (() => number) | undefined;
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, hooks: LaneHooks) {
    this.#from = from;
    this.#to = to;
    this.#hooks = hooks;
    from.on('data', (chunk: Buffer) => this.#arrived(chunk));
    from.on('end', () => this.#arrived(undefined));
    to.on('drain', () => this.#passDue());
    to.on('close', () => this.#drop());
  }

  /** From now on nothing passes. */
  hold(): void {
    this.#held = true;
    clearTimeout(this.#timer);
  }

  /** From now on each chunk waits `delayMs()` ms and overtakes none; what was held passes at once. */
  delay(delayMs: () => number): void {
    this.#held = false;
    this.#delayMs = delayMs;
    this.#passDue();
  }

  /** Pass on what waits, and from now on everything at once. */
  pass(): void {
    this.#held = false;
    this.#delayMs = undefined;
    this.#passDue();
  }

  #arrived(chunk: Buffer | undefined): void {
    if (!this.#held && !this.#delayMs && this.#waiting.length === 0) this.#forward(chunk);
    else this.#wait(chunk);
    // Bytes are on their way before they are looked at, so that looking costs the traffic little.
    if (chunk) this.#hooks.onArrival(chunk);
    this.#readOrNot();
  }

  #wait(chunk: Buffer | undefined): void {
    const dueMs = this.#delayMs ? Math.max(this.#lastDueMs, performance.now() + this.#delayMs()) : 0;
    this.#lastDueMs = dueMs;
    this.#waiting.push({ chunk, dueMs });
    this.#waitingBytes += cost(chunk);
    if (this.#waiting.length === 1) this.#passDue();
  }

  /** Timers may fire early and are coarse: the clock decides, so that nothing ever waits too short. */
  #passDue(): void {
    clearTimeout(this.#timer);
    for (;;) {
      const next = this.#waiting.peek();
      if (!next || this.#held || this.#to.writableNeedDrain) break;
      const earlyMs = this.#delayMs ? next.dueMs - performance.now() : 0;
      if (earlyMs > 0) {
        this.#timer = setTimeout(() => this.#passDue(), Math.ceil(earlyMs));
        break;
      }
      this.#waiting.shift();
      this.#waitingBytes -= cost(next.chunk);
      this.#forward(next.chunk);
    }
    this.#readOrNot();
  }

  #forward(chunk: Buffer | undefined): void {
    if (this.#to.destroyed) return;
    if (chunk) {
      this.#to.write(chunk);
      this.#hooks.onPassed(chunk.length);
    } else {
      this.#to.end();
    }
  }

  #readOrNot(): void {
    const read = this.#waitingBytes < maxWaitingBytes && !this.#to.writableNeedDrain;
    if (read === !this.#from.isPaused()) return;
    if (read) this.#from.resume();
    else this.#from.pause();
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }
}

function cost(chunk: Buffer | undefined): number {
  return chunkOverheadBytes + (chunk?.length ?? 0);
}
