import type { LinkCounts } from '../journal/entry.ts';

/**
 * A proxied connection from the target to one dependency: a listener on 127.0.0.1 that passes bytes on.
 *
 *     target ──▶ listener ──▶ (fault) ──▶ dependency
 *            ◀──           ◀── (fault) ◀──
 *
 * At most one state at a time; `heal` returns to passing everything.
 */
export interface Link extends AsyncDisposable {
  readonly name: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Close the listener and reset every connection; resolves when connecting is refused. */
  refuse(): Promise<void>;
  /** Reset every connection now and each new one as soon as it is accepted. */
  cut(): Promise<void>;
  /** Keep connections, pass no byte in either direction until healed. */
  hold(): Promise<void>;
  /** Every chunk from the dependency waits `latencyMs` ± up to `jitterMs` (uniform), order kept. */
  delay(latencyMs: number, jitterMs: number): Promise<void>;
  /** Pass everything again, on the same port; held bytes are passed on. */
  heal(): Promise<void>;
  /** What passed since the last call; the caller makes buckets of it. */
  take(): LinkCounts;
}

export interface LinkSpec {
  name: string;
  /** The protocol to count; `opaque` counts bytes and connections only. */
  protocol: 'redis' | 'opaque';
  /** Pattern of cache keys (`*` matches anything), for `hits` and `misses`; none when undefined. */
  cacheKeys?: string;
  upstream: { host: string; port: number };
  /** For jitter; the same seed gives the same delays in the same order. */
  seed: number;
}
