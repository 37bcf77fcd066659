import type { Logger } from 'pino';
import { type CacheLookup, channels, tell } from '../events.ts';
import { aftermathOf } from '../resilience/aftermath.ts';
import type { SharedWork } from '../resilience/shared-work.ts';
import { SingleFlight } from '../single-flight.ts';
import type { Cache, Kind } from './cache.ts';
import { fromText, type Kept, toText } from './entry.ts';
import { LocalStamps } from './local-stamps.ts';
import { ProcessLayer, type ProcessLayerOptions } from './process-layer.ts';
import { type Held, RedisLayer, type RedisLayerOptions } from './redis-layer.ts';

export interface ReadThroughOptions {
  ttlS: number;
  /** How long it is kept that there is nothing. */
  negativeTtlS: number;
  /** Left out: this layer is off. */
  redis?: RedisLayerOptions;
  process?: ProcessLayerOptions;
}

/** Enough for what is being loaded and what the layer in the process holds; one more only costs a load. */
const localStamps = 100_000;

/** First the process, then Redis, then whoever knows. */
export class ReadThrough implements Cache {
  readonly #options: ReadThroughOptions;
  readonly #process: ProcessLayer | undefined;
  readonly #redis: RedisLayer | undefined;
  readonly #stamps = new LocalStamps(localStamps);
  readonly #loads: SingleFlight<unknown>;
  /** What is changed by writes that failed and may still be made. */
  readonly #unsure = new Set<readonly string[]>();

  constructor(options: ReadThroughOptions, log: Logger, shared?: SharedWork) {
    this.#loads = new SingleFlight(shared);
    this.#options = options;
    this.#process = options.process && new ProcessLayer(options.process);
    this.#redis = options.redis && new RedisLayer(options.redis, log);
  }

  async get<T>(key: string, load: () => Promise<T | undefined>, kind: Kind<T>): Promise<T | undefined> {
    const local = this.#stamps.tokensOf(kind.stamps);
    const near = this.#readProcess(key, local, kind);
    if (near) return near.value;
    // Whoever asks after an invalidation has other tokens, and so never waits for a load that began before it.
    const flight = `${local} ${key}`;
    return (await this.#loads.run(flight, () => this.#fetch(key, local, load, kind))) as T | undefined;
  }

  async peek<T>(key: string, parse: Kind<T>['parse']): Promise<T | undefined> {
    const kind = { parse, stamps: [] };
    const near = this.#readProcess(key, [], kind);
    return (near ?? (await this.#readRedis(key, kind)).kept)?.value;
  }

  put(key: string, value: unknown, ttlS: number): void {
    const text = toText([], value);
    this.#process?.write(key, text, ttlS);
    this.#redis?.write(key, text, ttlS);
  }

  async invalidate(...names: string[]): Promise<void> {
    this.#stamps.strike(names);
    await this.#redis?.strike(names);
  }

  async change<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const end = aftermathOf(error);
      if (end) this.#invalidateAfter(end, [...names]);
      throw error;
    } finally {
      await this.invalidate(...names);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#unsure].map((names) => this.#settle(names)));
    await this.#redis?.close();
  }

  /** Whoever asks before the change is made loads what was there before, under stamps that stand. */
  #invalidateAfter(end: Promise<void>, names: readonly string[]): void {
    this.#unsure.add(names);
    void end.then(() => this.#settle(names));
  }

  async #settle(names: readonly string[]): Promise<void> {
    if (this.#unsure.delete(names)) await this.invalidate(...names);
  }

  async #fetch<T>(
    key: string,
    local: readonly string[],
    load: () => Promise<T | undefined>,
    kind: Kind<T>,
  ): Promise<T | undefined> {
    const { held, kept } = await this.#readRedis(key, kind);
    if (kept) {
      this.#process?.write(key, toText(local, kept.value), this.#ttlOf(kept.value, kind));
      return kept.value;
    }
    const tokens = held && (allStand(held.tokens) ?? (await this.#redis?.stand(kind.stamps)));
    const value = await load();
    this.#keep(key, value, { local, tokens }, kind);
    return value;
  }

  /** What was invalidated while it was being loaded is not kept: it may be from before. */
  #keep<T>(
    key: string,
    value: T | undefined,
    { local, tokens }: { local: readonly string[]; tokens: readonly string[] | undefined },
    kind: Kind<T>,
  ): void {
    if (this.#stamps.tokensOf(kind.stamps).some((token, index) => token !== local[index])) return;
    const ttlS = this.#ttlOf(value, kind);
    this.#process?.write(key, toText(local, value), ttlS);
    if (tokens) this.#redis?.write(key, toText(tokens, value), ttlS);
  }

  async #readRedis<T>(key: string, kind: Kind<T>): Promise<{ held?: Held; kept?: Kept<T> }> {
    if (!this.#redis) return {};
    const held = await this.#redis.read(key, kind.stamps);
    const kept = held && fromText(held.text, held.tokens, kind.parse);
    tellLookup('redis', held ? (kept ? 'hit' : 'miss') : 'unavailable');
    return { ...(held && { held }), ...(kept && { kept }) };
  }

  #readProcess<T>(key: string, local: readonly string[], kind: Kind<T>): Kept<T> | undefined {
    if (!this.#process) return undefined;
    const kept = fromText(this.#process.read(key), local, kind.parse);
    tellLookup('process', kept ? 'hit' : 'miss');
    return kept;
  }

  #ttlOf<T>(value: T | undefined, { ttlS = this.#options.ttlS }: Kind<T>): number {
    return value === undefined ? Math.min(ttlS, this.#options.negativeTtlS) : ttlS;
  }
}

function allStand(tokens: readonly (string | null)[]): readonly string[] | undefined {
  return tokens.includes(null) ? undefined : (tokens as string[]);
}

function tellLookup(layer: CacheLookup['layer'], outcome: CacheLookup['outcome']): void {
  tell(channels.cache, () => ({ layer, outcome }));
}
