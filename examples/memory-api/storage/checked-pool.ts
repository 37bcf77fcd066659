import pg from 'pg';
import type { PoolStatus } from '../events.ts';
import { ping, SilenceError } from './ping.ts';
import { useClient } from './use-client.ts';

export interface CheckedPoolOptions {
  /** Connections that are kept: from `fill` on as many as that, before it those that were needed. */
  poolSize: number;
  /** How many more may be opened while requests wait because all of those are in use. */
  overflowSize: number;
  /** How long requests wait before one more is opened, and then the next. */
  overflowAfterMs: number;
  /** How long a request waits for a connection, at most. */
  acquireTimeoutMs: number;
  /** How long opening one may take, and how long one that is there may take to show that it works. */
  connectTimeoutMs: number;
  /** The age at which a connection is replaced, once nobody uses it. */
  recycleAfterS: number;
  /** How long one beyond `poolSize` stays when nobody uses it. */
  overflowIdleMs: number;
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
 * It grows slowly: a new connection costs the server a process and the client a handshake, 30 ms of both in which nobody is
 * answered. A pool that opens one for each request of a short crowd (as pg's own does) makes of 0.1 s a stall of 0.6 s.
 *
 * Not by the pool's own option `verify`: that looks at a connection once, when it is new and has just shown that it
 * works.
 */
export class CheckedPool extends pg.Pool {
  readonly #limits: CheckedPoolOptions;
  /** When each connection was last known to work: when it was handed out, or, never used, when it was put back. */
  readonly #workedAtMs = new WeakMap<pg.PoolClient, number>();
  /** When one was asked that did not answer. */
  #silentAtMs = Number.NEGATIVE_INFINITY;
  #invalidated = 0;
  /** Runs while requests wait, until one more connection may be opened for them. */
  #growth: NodeJS.Timeout | undefined;
  /** From `fill` on, what is ended is made up for. */
  #filled = false;
  /** Runs until the next that is missing is opened. */
  #refill: NodeJS.Timeout | undefined;
  /** Of pg's own, which has no other way to be told that there is room: hands what is free, or new, to who waits first. */
  declare readonly _pulseQueue: () => void;
  /** Of pg's own: opens one, whether or not another is free. */
  declare readonly newClient: (waiting: { callback: Callback }) => void;

  constructor(limits: CheckedPoolOptions, config: pg.ClientConfig) {
    super({
      ...config,
      min: limits.poolSize,
      max: limits.poolSize,
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
    this.on('remove', () => {
      this.options.max = Math.max(limits.poolSize, this.totalCount);
      this.#refillSoon();
    });
    // One that was opened and never handed out is idle from now on, and no longer new when somebody comes for it.
    this.on('release', (_error, client) => {
      if (!this.#workedAtMs.has(client)) this.#workedAtMs.set(client, performance.now());
    });
  }

  status(): PoolStatus {
    const { totalCount, idleCount, waitingCount } = this;
    return {
      size: totalCount,
      out: totalCount - idleCount,
      in: idleCount,
      overflow: Math.max(0, totalCount - this.#limits.poolSize),
      invalidated: this.#invalidated,
      waiting: waitingCount,
    };
  }

  /**
   * Opens at once what is kept anyway, and not when the first crowd comes: ten opened while a cache went away held every
   * request for 0.6 s. Those that cannot be opened are opened when they are needed.
   */
  async fill(): Promise<void> {
    this.#filled = true;
    const missing = Math.max(0, this.#limits.poolSize - this.totalCount);
    const opened = await Promise.allSettled(Array.from({ length: missing }, () => super.connect()));
    for (const one of opened) if (one.status === 'fulfilled') one.value.release();
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
      const connected = super.connect();
      this.#growWhileWaiting();
      const client = await connected;
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
   * What was opened together grows old together: without, an hour later nothing would be left for the next crowd. One at a
   * time, as for those who wait. When one cannot be opened, no other is tried until the next is ended or needed: a server that
   * is away is left alone.
   */
  #refillSoon(): void {
    if (!this.#filled || this.#refill || !this.#misses) return;
    this.#refill = setTimeout(() => {
      this.#refill = undefined;
      if (!this.#misses) return;
      this.newClient({
        callback: (error, client) => {
          if (error) return;
          client!.release();
          this.#refillSoon();
        },
      });
    }, this.#limits.overflowAfterMs).unref();
  }

  get #misses(): boolean {
    return !this.ending && this.totalCount < this.#limits.poolSize;
  }

  #growWhileWaiting(): void {
    const { poolSize, overflowSize, overflowAfterMs } = this.#limits;
    if (this.#growth || this.waitingCount === 0 || this.totalCount >= poolSize + overflowSize) return;
    this.#growth = setTimeout(() => {
      this.#growth = undefined;
      if (this.waitingCount === 0) return;
      this.options.max = Math.min(this.totalCount + 1, poolSize + overflowSize);
      this._pulseQueue();
      this.#growWhileWaiting();
    }, overflowAfterMs).unref();
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
