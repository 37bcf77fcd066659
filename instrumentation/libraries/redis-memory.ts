import { catalogue } from '../metrics/catalogue.ts';
import type { Metrics } from '../metrics/metric.ts';

/** What is used of ioredis' Redis. */
export interface AskedRedis {
  readonly status: string;
  readonly options: { host?: string; port?: number };
  readonly commandQueue?: { readonly length: number };
  info(section: string): Promise<string>;
}

/** Redis is asked no more often than this. */
const betweenMs = 10_000;
const mostServers = 20;

interface Server {
  /** Whether a command of ours would stand by itself. */
  mayAsk(): boolean;
  redis: WeakRef<AskedRedis>;
  askedAtMs: number;
  usedBytes: number | undefined;
  /** Asked in vain (the user may not, or it is no Redis): not asked again. */
  refused: boolean;
}

/**
 * How much memory each Redis of the service uses, by `INFO memory` on a connection that the service has open and does not
 * use just then: when metrics are read, the last answer is told and the next is asked for.
 */
export class RedisMemory {
  /** While `INFO` is handed to ioredis: it is no command of the service. */
  isAsking = false;
  readonly #servers = new Map<string, Server>();

  constructor(metrics: Metrics) {
    metrics.observe(catalogue.redisMemory, (tell) => {
      for (const [address, server] of this.#servers) {
        const [host = '', port] = address.split(' ');
        if (server.usedBytes !== undefined)
          tell(server.usedBytes, { 'server.address': host, 'server.port': Number(port) });
        this.#ask(address, server);
      }
    });
  }

  saw(redis: AskedRedis, mayAsk: () => boolean): void {
    const address = `${redis.options.host ?? 'localhost'} ${redis.options.port ?? 6379}`;
    if (this.#servers.has(address) || this.#servers.size >= mostServers) return;
    this.#servers.set(address, {
      mayAsk,
      redis: new WeakRef(redis),
      askedAtMs: Number.NEGATIVE_INFINITY,
      usedBytes: undefined,
      refused: false,
    });
  }

  #ask(address: string, server: Server): void {
    const redis = server.redis.deref();
    if (!redis || redis.status === 'end') {
      this.#servers.delete(address);
      return;
    }
    const nowMs = performance.now();
    if (server.refused || nowMs - server.askedAtMs < betweenMs) return;
    // Only where nothing is under way: not within a transaction, nor behind a command that blocks.
    if (redis.status !== 'ready' || redis.commandQueue?.length !== 0 || !server.mayAsk()) return;
    server.askedAtMs = nowMs;
    const refuse = () => {
      server.refused = true;
    };
    try {
      this.isAsking = true;
      redis.info('memory').then((answer) => {
        const [, bytes] = /^used_memory:(\d+)/m.exec(answer) ?? [];
        if (bytes) server.usedBytes = Number(bytes);
        else refuse();
      }, refuse);
    } finally {
      this.isAsking = false;
    }
  }
}
