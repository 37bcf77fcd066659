import { readStatus } from '../../../examples/memory-api/admin/status.ts';
import { activeAlerts } from '../kit/alerts.ts';
import type { Addresses } from '../kit/settings.ts';

/** The service at one moment. */
export interface Look {
  at: string;
  ready: boolean;
  /** `ok`, `degraded`, `unavailable`, or `no answer`. */
  status: string;
  dependencies: Readonly<
    Record<string, { status?: string; latency_ms?: number; breaker?: string; error?: string }>
  >;
  /** Names of the alerts that fire; undefined when Prometheus does not answer. */
  alerts?: readonly string[];
}

/** Never fails: what does not answer is what there is to see. */
export async function look({ service, prometheus, loki }: Addresses): Promise<Look> {
  const at = new Date().toISOString();
  const [status, alerts] = await Promise.all([
    readStatus(service).catch(() => undefined),
    activeAlerts({ prometheus, loki }).catch(() => undefined),
  ]);
  const { status: word, dependencies } = Object(status?.data) as Partial<Look>;
  const firing = alerts?.filter(({ state }) => state === 'firing').map(({ name }) => name);
  return {
    at,
    ready: status?.ready ?? false,
    status: word ?? 'no answer',
    dependencies: dependencies ?? {},
    ...(firing && { alerts: [...new Set(firing)].sort() }),
  };
}

/** `2026-11-21 18:16:12 degraded: postgres ok 1 ms, redis unavailable (open); alerts: RedisDown` */
export function lookLine({ at, status, dependencies, alerts }: Look): string {
  const parts = Object.entries(dependencies).map(([name, it]) => {
    const breaker = it.breaker && !['closed', 'disabled'].includes(it.breaker) ? ` (${it.breaker})` : '';
    const latency = it.status === 'ok' ? ` ${Math.round(it.latency_ms ?? 0)} ms` : '';
    return `${name} ${it.status}${latency}${breaker}`;
  });
  const firing = alerts === undefined ? 'not known, Prometheus does not answer' : alerts.join(' ') || 'none';
  const seen = parts.length > 0 ? `: ${parts.join(', ')}` : '';
  return `${at.slice(0, 19).replace('T', ' ')} ${status}${seen}; alerts: ${firing}`;
}
