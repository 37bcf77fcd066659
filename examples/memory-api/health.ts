import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { channels, tell } from './events.ts';
import { postgresCheck, redisCheck, vectorIndexCheck } from './health/checks.ts';
import type { DependencyHealth } from './health/health.ts';
import { HealthMonitor } from './health/monitor.ts';
import type { Parts } from './parts.ts';

/** What a service without cache and limits has instead of Redis. */
const unused = { status: 'disabled', latency_ms: 0 };

/**
 * Looks at what the service depends on: at the start and regularly, and when somebody asks. What is asked goes through
 * the breakers like everything else: it tells whether requests can be served, and is the call that finds out when no
 * request comes.
 */
export function monitorHealth({ pool, database, redis }: Parts, config: Config, log: Logger) {
  const { everyMs, timeoutMs } = config.health;
  const queries = { query: database.look.bind(database) };
  const monitor = new HealthMonitor({
    checks: [
      postgresCheck(queries, { timeoutMs }),
      ...(redis ? [redisCheck(() => redis.run((client) => client.ping()), { timeoutMs })] : []),
      vectorIndexCheck(queries, { timeoutMs }),
    ],
    everyMs,
    log,
    publish: (message) => tell(channels.health, () => message),
    now: Date.now,
  });
  const stopping = new AbortController();
  return {
    start: () => monitor.start(stopping.signal),
    stop: () => stopping.abort(),
    /** Takes as long as the longest check may. Never fails. */
    async readiness() {
      const { status, ready, dependencies } = await monitor.look();
      const { postgres, redis: seen, vector_index } = dependencies as Record<string, DependencyHealth>;
      return {
        ready,
        status,
        dependencies: {
          postgres: { ...postgres, breaker: database.state, pool: pool.status() },
          redis: { ...(seen ?? unused), breaker: redis?.state ?? 'disabled' },
          vector_index,
        },
      };
    },
  };
}

export type Monitored = ReturnType<typeof monitorHealth>;
