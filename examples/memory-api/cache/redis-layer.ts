import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { atMostEvery } from '../logger.ts';
import { type RedisConnection, warningIntervalMs } from './connection.ts';
import { Distrust } from './distrust.ts';
import { type Batch, everything, Outstanding } from './outstanding.ts';
import { type Command, everythingKey, RunOfRedis } from './run-of-redis.ts';

export interface RedisLayerOptions {
  connection: RedisConnection;
  /** Of RunOfRedis. */
  instance?: string | undefined;
  /** How long a stamp stands that nobody strikes; longer than any value is kept that depends on one. */
  stampTtlS: number;
  /** So many invalidations are remembered that Redis did not take; one more, and all it holds is invalidated. */
  maxOutstanding: number;
  /** How often they are tried again; after an outage each process gives the others two such times. */
  retryMs: number;
}

/** What Redis holds: the text, and of each stamp the token under which it stands, where it does. */
export interface Held {
  text: string | null;
  tokens: readonly (string | null)[];
}

/** Texts in Redis, and the stamps that say whether they still count. No method throws. */
export class RedisLayer {
  readonly #redis: RunOfRedis;
  readonly #outstanding: Outstanding;
  readonly #distrust: Distrust;
  readonly #options: RedisLayerOptions;
  readonly #warn: (fields: object, message: string) => void;
  #retry: NodeJS.Timeout | undefined;
  #retrying = false;
  #closed = false;

  constructor(options: RedisLayerOptions, log: Logger) {
    const { connection, instance } = options;
    this.#redis = new RunOfRedis(connection, instance);
    this.#outstanding = new Outstanding(options.maxOutstanding);
    this.#distrust = new Distrust(2 * options.retryMs);
    connection.onAway(() => this.#distrust.away());
    this.#options = options;
    this.#warn = atMostEvery(warningIntervalMs, (fields, message) =>
      log.warn({ ...fields, breaker: connection.state, outstanding: this.#outstanding.size }, message),
    );
    connection.client.on('ready', () => void this.#settle());
  }

  /** @returns undefined when Redis does not say, or must not be believed; no text while only what was kept is not believed */
  async read(key: string, stamps: readonly string[]): Promise<Held | undefined> {
    if (this.#outstanding.holds(stamps)) return undefined;
    // What has no stamp never changes.
    const believed = stamps.length === 0 || !this.#distrust.holds;
    const { absences } = this.#distrust;
    try {
      const found = await this.#redis.run((redis, runId) =>
        redis.mget(...(believed ? [key] : []), ...stampKeys(stamps, runId)),
      );
      if (!believed) {
        this.#distrust.back(absences);
        return { text: null, tokens: found };
      }
      const [text, ...tokens] = found;
      return { text: text!, tokens };
    } catch (err) {
      this.#warn({ err }, 'the cache is unavailable, the database answers');
      return undefined;
    }
  }

  /**
   * Makes the stamps stand that do not, before something is loaded under them.
   *
   * @returns their tokens, or undefined when what is loaded cannot be kept
   */
  async stand(stamps: readonly string[]): Promise<readonly string[] | undefined> {
    if (stamps.length === 0) return [];
    try {
      return await this.#redis.run(async (redis, runId) => {
        const keys = stampKeys(stamps, runId);
        const tokens = await redis.eval(
          standing,
          keys.length,
          ...keys,
          randomUUID(),
          this.#options.stampTtlS,
        );
        return tokens as string[];
      });
    } catch (err) {
      this.#warn({ err }, 'the cache cannot take a value');
      return undefined;
    }
  }

  /** Does not wait for the answer; a `read` after it sees the text when all is well. */
  write(key: string, text: string, ttlS: number): void {
    this.#redis
      .run((redis) => redis.set(key, text, 'EX', ttlS))
      .catch((err) => this.#warn({ err }, 'the cache did not take a value'));
  }

  /** Resolves when Redis has confirmed it, or when it is clear that it does not just now. */
  strike(names: readonly string[]): Promise<void> {
    return this.#send(this.#outstanding.add(names), (command) => this.#redis.run(command));
  }

  /** Tells what is outstanding, as long as there is a connection to do it by. */
  async close(): Promise<void> {
    await this.#settle();
    this.#closed = true;
    clearTimeout(this.#retry);
    if (this.#outstanding.size === 0) await this.#redis.signOff();
  }

  async #send(batch: Batch, run: (strike: Command<number>) => Promise<number>): Promise<void> {
    try {
      await run((redis, runId) => redis.unlink(...struckKeys([...batch.keys()], runId)));
      this.#outstanding.confirm(batch);
    } catch (err) {
      this.#outstanding.fail(batch);
      this.#warn({ err }, 'the cache did not take an invalidation, which is remembered');
      this.#retryLater();
    }
  }

  /** Other processes serve what is stale until it is told, however long the breaker would wait. */
  async #settle(): Promise<void> {
    const failed = this.#outstanding.failed();
    if (failed.size === 0 || this.#retrying) return;
    this.#retrying = true;
    await this.#send(failed, (command) => this.#redis.runAnyway(command));
    this.#retrying = false;
  }

  #retryLater(): void {
    if (this.#closed || this.#retry) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#settle();
    }, this.#options.retryMs);
    this.#retry.unref();
  }
}

/** Gives every stamp a token that has none, and the tokens of all. */
const standing = `
  local tokens = {}
  for i, key in ipairs(KEYS) do
    redis.call('SET', key, ARGV[1], 'NX', 'EX', ARGV[2])
    redis.call('EXPIRE', key, ARGV[2])
    tokens[i] = redis.call('GET', key)
  end
  return tokens
`;

/** What can be invalidated at all is also invalidated with everything else. */
function stampKeys(stamps: readonly string[], runId: string): string[] {
  return stamps.length === 0 ? [] : [everythingKey(runId), ...stamps.map(stampKey)];
}

function struckKeys(names: readonly string[], runId: string): string[] {
  // A value that is kept under its own stamp is of no more use.
  return names.flatMap((name) => (name === everything ? [everythingKey(runId)] : [stampKey(name), name]));
}

function stampKey(name: string): string {
  return `stamp:${name}`;
}
