import { channels, tell } from '../events.ts';
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
    tell(channels.pool, () => this.#pool.status());
  }
}
