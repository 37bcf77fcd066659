import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RedisConnection } from './connection.ts';

/** What a command is given: the client, and which run of Redis it talks to. */
export type Command<T> = (redis: Redis, runId: string) => Promise<T>;

/**
 * What must be known of Redis before anything in it is trusted: which run of it this is, who was here before, and that nothing
 * is left of what was kept before it was away.
 */
export class RunOfRedis {
  readonly #connection: RedisConnection;
  readonly #marker: string | undefined;
  readonly #session = randomUUID();
  /** Per connection. */
  readonly #met = new Once<string>();
  /** Per connection, and per opening of the breaker. */
  readonly #trusted = new Once<string>();
  #outages = 0;
  #madeUpFor = 0;

  /**
   * `instance`: a name for this process that its successor has too and nobody else, such as host and port. Left out,
   * nobody makes up for what the process could not tell when it ended.
   */
  constructor(connection: RedisConnection, instance: string | undefined) {
    this.#connection = connection;
    this.#marker = instance && `open:${instance}`;
    connection.client.on('close', () => this.#met.forget());
    connection.onAway(() => {
      this.#outages += 1;
      this.#trusted.forget();
    });
  }

  /** @throws as the connection's `run` */
  run<T>(command: Command<T>): Promise<T> {
    return this.#connection.run(async (redis) => command(redis, await this.#trust(redis)));
  }

  /** For what reads nothing: whether Redis has what can be trusted is left to `run`. @throws as the connection's `runAnyway` */
  runAnyway<T>(command: Command<T>): Promise<T> {
    return this.#connection.runAnyway(async (redis) => command(redis, await this.#meet(redis)));
  }

  /** Everything that was written to the database has been told to Redis. Does not throw. */
  async signOff(): Promise<void> {
    const marker = this.#marker;
    if (!marker) return;
    const takeAway = async () => {
      const holder = await this.run((redis) => redis.get(marker));
      if (holder === this.#session) await this.run((redis) => redis.unlink(marker));
    };
    await takeAway().catch(() => {});
  }

  #meet(redis: Redis): Promise<string> {
    return this.#met.run(() => this.#introduce(redis));
  }

  #trust(redis: Redis): Promise<string> {
    return this.#trusted.run(() => this.#makeUp(redis));
  }

  /**
   * While Redis was away others may have changed what it kept, and they could not tell it either. So whoever finds it again
   * strikes everything before the first look, and need not wait for those who wrote.
   */
  async #makeUp(redis: Redis): Promise<string> {
    const outages = this.#outages;
    const runId = await this.#meet(redis);
    if (this.#madeUpFor < outages) await redis.unlink(everythingKey(runId));
    this.#madeUpFor = outages;
    return runId;
  }

  /**
   * Learns which run of Redis this is and leaves a marker that a clean end takes away. A marker of somebody else says
   * that the process of this name ended with invalidations that Redis may never have heard of.
   */
  async #introduce(redis: Redis): Promise<string> {
    const runId = await runIdOf(redis);
    if (!this.#marker) return runId;
    const before = await redis.getset(this.#marker, this.#session);
    if (before !== null && before !== this.#session) await redis.unlink(everythingKey(runId));
    return runId;
  }
}

/** Found out by the first who asks, for all who do, until it fails or is forgotten. */
class Once<T> {
  #found: Promise<T> | undefined;

  run(find: () => Promise<T>): Promise<T> {
    if (this.#found) return this.#found;
    const finding = find();
    this.#found = finding;
    finding.catch(() => {
      if (this.#found === finding) this.#found = undefined;
    });
    return finding;
  }

  forget(): void {
    this.#found = undefined;
  }
}

/**
 * The stamp under which every value is kept that can be invalidated. It is of one run of Redis: one that restarted from
 * its last snapshot, or was replaced by a replica, may hold what had long been invalidated.
 */
export function everythingKey(runId: string): string {
  return `stamp:everything:${runId}`;
}

/** Where INFO is forbidden the runs cannot be told apart. */
async function runIdOf(redis: Redis): Promise<string> {
  const info = await redis.info('server').catch((error: Error) => {
    if (error.message.startsWith('NOPERM')) return '';
    throw error;
  });
  return /^run_id:(\w+)/m.exec(info)?.[1] ?? 'unknown';
}
