import { Socket } from 'node:net';
import type { Counts } from './counts.ts';
import { Lane } from './lane.ts';
import type { Witness } from './redis-counter.ts';

export interface ConnectionSpec {
  upstream: { host: string; port: number };
  counts: Counts;
  /** Looks at what arrives; none for protocols that are not read. */
  witness: Witness | undefined;
  onClosed(connection: Connection): void;
}

/**
 * A connection of the target and the one to the dependency that belongs to it. It begins held, and the
 * dependency hears of it with the first `pass` or `delay`. Each side may end its half; when one breaks, the
 * other is reset.
 */
export class Connection {
  readonly #target: Socket;
  readonly #dependency = new Socket({ allowHalfOpen: true });
  readonly #upstream: { host: string; port: number };
  readonly #requests: Lane;
  readonly #replies: Lane;
  #dialled = false;

  constructor(target: Socket, { upstream, counts, witness, onClosed }: ConnectionSpec) {
    this.#target = target;
    this.#upstream = upstream;
    let open = 2;
    for (const socket of [target, this.#dependency]) {
      socket.on('error', () => this.reset());
      socket.once('close', () => --open === 0 && onClosed(this));
    }
    this.#requests = new Lane(target, this.#dependency, {
      onArrival: (chunk) => witness?.toDependency(chunk),
      onPassed: (bytes) => {
        counts.since.bytesToDependency += bytes;
      },
    });
    this.#replies = new Lane(this.#dependency, target, {
      onArrival: (chunk) => witness?.toTarget(chunk),
      onPassed: (bytes) => {
        counts.since.bytesToTarget += bytes;
      },
    });
    this.hold();
  }

  hold(): void {
    this.#requests.hold();
    this.#replies.hold();
  }

  /** Only what comes from the dependency is late. */
  delay(delayMs: () => number): void {
    this.#dial();
    this.#requests.pass();
    this.#replies.delay(delayMs);
  }

  pass(): void {
    this.#dial();
    this.#requests.pass();
    this.#replies.pass();
  }

  /** RST to both sides. */
  reset(): void {
    for (const socket of [this.#target, this.#dependency]) resetSocket(socket);
  }

  #dial(): void {
    if (this.#dialled || this.#dependency.destroyed) return;
    this.#dialled = true;
    this.#dependency.setNoDelay(true).connect(this.#upstream);
  }
}

/**
 * RST, unless there is no connection yet, or its end has been handed to the kernel just now: in that moment
 * libuv refuses to reset a socket (`uv_tcp_close_reset`: EINVAL), and Node would leave it open for ever.
 */
export function resetSocket(socket: Socket): void {
  const ending = socket.writableEnded && socket.writableLength === 0 && !socket.writableFinished;
  if (socket.destroyed || socket.pending || ending) socket.destroy();
  else socket.resetAndDestroy();
}
