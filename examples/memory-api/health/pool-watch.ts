import { channels, type PoolStatus, tell } from '../events.ts';
import type { CheckedPool } from '../storage/checked-pool.ts';

type Watched = Pick<CheckedPool, 'status'>;

const tellEveryMs = 5000;

/** Publishes every few seconds how the connections to PostgreSQL are used. */
export class PoolWatch {
  readonly #pool: Watched;
  #timer: NodeJS.Timeout | undefined;

  constructor(pool: Watched) {
    this.#pool = pool;
  }

  /** At once, then regularly. Does not keep the process alive. */
  start(): void {
    this.#timer = setInterval(() => this.#publish(), tellEveryMs).unref();
    this.#publish();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #publish(): void {
    tell(channels.pool, () => poolStatusOf(this.#pool));
  }
}

/** How the connections are used just now. */
export function poolStatusOf(pool: Watched): PoolStatus {
  const { size, inUse, idle, overflow, invalidated, waiting } = pool.status();
  return { size, in: idle, out: inUse, overflow, invalidated, waiting };
}
