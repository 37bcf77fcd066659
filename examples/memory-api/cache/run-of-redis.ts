import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RedisConnection } from './connection.ts';

/** What a command is given: the client, and which run of Redis it talks to. */
export type Command<T> = (redis: Redis, runId: string) => Promise<T>;

/** What must be known of Redis before anything in it is trusted: which run of it this is, and who was here before. */
export class RunOfRedis {
  readonly #connection: RedisConnection;
  readonly #marker: string | undefined;
  readonly #session = randomUUID();
  #runId: Promise<string> | undefined;

  /**
   * `instance`: a name for this process that its successor has too and nobody else, such as host and port. Left out,
   * nobody makes up for what the process could not tell when it ended.
   */
  constructor(connection: RedisConnection, instance: string | undefined) {
    this.#connection = connection;
    this.#marker = instance && `open:${instance}`;
    connection.client.on('close', () => {
      this.#runId = undefined;
    });
  }

  /** @throws as the connection's `run` */
  run<T>(command: Command<T>): Promise<T> {
    return this.#connection.run(async (redis) => command(redis, await this.#meet(redis)));
  }

  /** @throws as the connection's `runAnyway` */
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

  /** Once per connection, however many commands wait for it. */
  #meet(redis: Redis): Promise<string> {
    if (!this.#runId) {
      const meeting = this.#introduce(redis);
      this.#runId = meeting;
      meeting.catch(() => {
        if (this.#runId === meeting) this.#runId = undefined;
      });
    }
    return this.#runId;
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
