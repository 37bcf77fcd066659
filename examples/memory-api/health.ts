import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { channels, tell } from './events.ts';
import { postgresCheck, redisCheck, vectorIndexCheck } from './health/checks.ts';
import { HealthMonitor } from './health/monitor.ts';
import type { Parts } from './parts.ts';

/** Longer than any answer that is of use. */
const timeoutMs = 5000;

/** Looks at what the service depends on, at the start and regularly. */
export function monitorHealth({ pool, cache }: Parts, config: Config, log: Logger) {
  const ping = async () => {
    const { status } = await cache.check();
    if (status === 'unavailable') throw new Error('Redis does not answer');
  };
  const checks = [
    postgresCheck(pool, { timeoutMs }),
    redisCheck(ping, { timeoutMs }),
    vectorIndexCheck(pool, { timeoutMs }),
  ];
  const monitor = new HealthMonitor({
    checks,
    everyMs: config.healthIntervalMs,
    log,
    publish: (message) => tell(channels.health, () => message),
    now: Date.now,
  });
  const stopping = new AbortController();
  return { start: () => monitor.start(stopping.signal), stop: () => stopping.abort() };
}
