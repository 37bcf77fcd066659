import { setTimeout as pause } from 'node:timers/promises';
import { activeAlerts } from '../kit/alerts.ts';
import { type Checked, check, LookError, MissingError, messageOf } from '../kit/checks.ts';
import { ask } from '../kit/http.ts';
import { Loki } from '../kit/loki.ts';
import { Prometheus } from '../kit/prometheus.ts';
import type { Addresses } from '../kit/settings.ts';

const job = 'memory-api';
const linesOfMs = 15 * 60_000;

/** Longer than it takes until it is scraped, and its lines are sent. */
const patienceMs = 30_000;
const pauseMs = 500;

/**
 * Whether what the service tells arrives, given some time to. What is away is missing; what is there and knows nothing of
 * the service is wrong.
 */
export async function telemetryChecks(addresses: Addresses, signal: AbortSignal): Promise<Checked[]> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const checked = await checkTelemetry(addresses);
    const late = checked.some(({ outcome }) => outcome === 'wrong');
    if (!late || performance.now() > endMs) return checked;
    await pause(pauseMs, undefined, { signal });
  }
}

async function checkTelemetry({ metrics, prometheus, loki }: Addresses): Promise<Checked[]> {
  return [
    await check('metrics page', async () => {
      const page = await there(ask(metrics));
      if (!/^http_requests_total\{/m.test(page))
        throw new Error('expected http_requests_total on it, it is not');
      return `${page.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length} series`;
    }),
    await check('Prometheus', async () => {
      const [up] = await there(new Prometheus(prometheus).at(`up{job="${job}"}`, Date.now()));
      if (up?.value !== 1)
        throw new Error(`expected up{job="${job}"} to be 1, got ${up?.value ?? 'no such target'}`);
      return 'scrapes it';
    }),
    await check('alerts', async () => {
      const alerts = await there(activeAlerts({ prometheus, loki }));
      const firing = [...new Set(alerts.filter(({ state }) => state === 'firing').map(({ name }) => name))];
      if (firing.length > 0) throw new LookError(`${firing.join(', ')}: see docs/runbook/alerts.md`);
      return 'none fires';
    }),
    await check('Loki', async () => {
      const range = { startMs: Date.now() - linesOfMs, endMs: Date.now() + 1000, limit: 1 };
      const [line] = await there(new Loki(loki).lines(`{service_name="${job}"}`, range));
      if (!line)
        throw new Error(`expected lines of service_name="${job}", there are none: is ORDEAL_LOKI_URL set?`);
      return 'has its lines';
    }),
  ];
}

/** @throws MissingError when nobody answers */
async function there<R>(asked: Promise<R>): Promise<R> {
  try {
    return await asked;
  } catch (error) {
    throw new MissingError(messageOf(error));
  }
}
