import pg from 'pg';
import { ping, SilenceError } from './ping.ts';
import { useClient } from './use-client.ts';

export interface CheckedPoolOptions {
  /** Connections that are kept once they were needed. */
  poolSize: number;
  /** How many more may be opened while all of those are in use. */
  overflowSize: number;
  /** How long a request waits for a connection, at most. */
  acquireTimeoutMs: number;
  /** How long opening one may take, and how long one that is there may take to show that it works. */
  connectTimeoutMs: number;
  /** The age at which a connection is replaced, once nobody uses it. */
  recycleAfterS: number;
  /** How long one beyond `poolSize` stays when nobody uses it. */
  overflowIdleMs: number;
}

export interface PoolStatus {
  /** Connections that are open or being opened. */
  size: number;
  inUse: number;
  idle: number;
  /** Requests that wait for a connection. */
  waiting: number;
  /** How many of `size` are beyond the number that is kept. */
  overflow: number;
  /** Connections that were found to be broken and thrown away, since the start. */
  invalidated: number;
}

type Callback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

/**
 * A pool that hands out only connections that work: one that was idle has to answer before it is used, and when it does
 * not, it is thrown away and the next is tried. That costs each use a round trip (0.1 ms in one machine), without which a
 * request would fail for every connection that a restart or a firewall has cut.
 *
 * Not by the pool's own option `verify`: that looks at a connection once, when it is new and has just shown that it
 * works.
 */
export class CheckedPool extends pg.Pool {
  readonly #limits: CheckedPoolOptions;
  /** When each connection was last handed out, and so worked. */
  readonly #workedAtMs = new WeakMap<pg.PoolClient, number>();
  /** When one was asked that did not answer. */
  #silentAtMs = Number.NEGATIVE_INFINITY;
  #invalidated = 0;

  constructor(limits: CheckedPoolOptions, config: pg.ClientConfig) {
    super({
      ...config,
      min: limits.poolSize,
      max: limits.poolSize + limits.overflowSize,
      // The pool takes one limit for both, waiting and opening.
      connectionTimeoutMillis: limits.acquireTimeoutMs,
      Client: clientWithin(limits.connectTimeoutMs),
      maxLifetimeSeconds: limits.recycleAfterS,
      idleTimeoutMillis: limits.overflowIdleMs,
    });
    this.#limits = limits;
    this.on('error', () => {
      this.#invalidated += 1;
    });
  }

  status(): PoolStatus {
    const { totalCount, idleCount, waitingCount } = this;
    return {
      size: totalCount,
      inUse: totalCount - idleCount,
      idle: idleCount,
      waiting: waitingCount,
      overflow: Math.max(0, totalCount - this.#limits.poolSize),
      invalidated: this.#invalidated,
    };
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.PoolClient> | undefined {
    const client = this.#takeOne();
    if (!callback) return client;
    client.then(
      (taken) => callback(undefined, taken, (error) => taken.release(error)),
      (error) => callback(error, undefined, () => {}),
    );
    return undefined;
  }

  /** What takes more than a query, on one connection. @throws as `connect`, or what `work` throws */
  async read<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return useClient(await this.connect(), work);
  }

  /** @throws Error when there is none within the limit, or none can be opened */
  async #takeOne(): Promise<pg.PoolClient> {
    const deadlineMs = performance.now() + this.#limits.acquireTimeoutMs;
    for (;;) {
      const client = await super.connect();
      try {
        await this.#check(client);
        this.#workedAtMs.set(client, performance.now());
        return client;
      } catch (error) {
        this.#invalidated += 1;
        client.release(true);
        if (performance.now() > deadlineMs) throw error;
      }
    }
  }

  /**
   * Once one does not answer, all that have been idle since before go unasked: on a server that hangs, or behind a
   * firewall that forgets, each of thirty would be waited for, one after the other. Then one is opened, which says most.
   */
  async #check(client: pg.PoolClient): Promise<void> {
    const workedAtMs = this.#workedAtMs.get(client);
    // It has just been opened.
    if (workedAtMs === undefined) return;
    if (workedAtMs < this.#silentAtMs) throw new SilenceError('it is as old as a connection that hangs');
    const askedAtMs = performance.now();
    try {
      await ping(client, this.#limits.connectTimeoutMs);
    } catch (error) {
      if (error instanceof SilenceError) this.#silentAtMs = Math.max(this.#silentAtMs, askedAtMs);
      throw error;
    }
  }
}

function clientWithin(connectTimeoutMs: number): typeof pg.Client {
  return class extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super({ ...(config as pg.ClientConfig), connectionTimeoutMillis: connectTimeoutMs });
    }
  };
}
