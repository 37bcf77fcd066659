import { type ActiveAlert, Prometheus } from './prometheus.ts';
import type { Addresses } from './settings.ts';

/**
 * Alerts that are firing or about to: those of Prometheus' rules, and of Loki's when it answers.
 *
 * @throws Error when Prometheus does not answer
 */
export async function activeAlerts({
  prometheus,
  loki,
}: Pick<Addresses, 'prometheus' | 'loki'>): Promise<ActiveAlert[]> {
  const [metrics, logs] = await Promise.all([
    new Prometheus(prometheus).alerts(),
    new Prometheus(loki, 'prometheus').alerts().catch(() => []),
  ]);
  return [...metrics, ...logs];
}
