import { z } from 'zod';
import { ConfigError } from '../../../examples/memory-api/config.ts';

const address = (fallback: string) =>
  z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// URL' }).default(fallback);

const settings = z.object({
  SERVICE_URL: address('http://127.0.0.1:8080'),
  METRICS_URL: address('http://127.0.0.1:9464/metrics'),
  PROMETHEUS_URL: address('http://127.0.0.1:9090'),
  ALERTMANAGER_URL: address('http://127.0.0.1:9093'),
  LOKI_URL: address('http://127.0.0.1:3100'),
  KEY: z
    .string()
    .regex(/^[\x21-\x7e]*$/, 'expected visible ASCII characters without spaces')
    .default(''),
});

export type Addresses = ReturnType<typeof readAddresses>;

/** Where everything runs, and the key for the service. @throws ConfigError that names every wrong one */
export function readAddresses(environment: NodeJS.ProcessEnv = process.env) {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => `  ${String(path[0])}: ${message}`);
    throw new ConfigError(['These environment variables are wrong:', ...lines].join('\n'));
  }
  const env = parsed.data;
  return {
    service: env.SERVICE_URL,
    metrics: env.METRICS_URL,
    prometheus: env.PROMETHEUS_URL,
    alertmanager: env.ALERTMANAGER_URL,
    loki: env.LOKI_URL,
    key: env.KEY || undefined,
  };
}

/** For the help of scripts that ask something of these. */
export const addressesHelp = `Where things are is told by the environment: SERVICE_URL (http://127.0.0.1:8080),
METRICS_URL (http://127.0.0.1:9464/metrics), PROMETHEUS_URL (…:9090),
ALERTMANAGER_URL (…:9093), LOKI_URL (…:3100).`;
