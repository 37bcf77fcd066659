import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const preload = fileURLToPath(new URL('../preload.ts', import.meta.url));

/** What a service that does nothing prints on stderr under the preload, a line each. */
async function printed(env: Record<string, string>): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', preload, '--eval', '0'], {
    env: { ORDEAL_PRINT_SETTINGS: 'true', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = (await text(child.stderr)).split('\n').filter(Boolean);
  return lines.map((line) => line.replace(/^@ordeal\/preload: /, ''));
}

it('prints the settings in effect, a line each, without what may be a credential', async () => {
  const lines = await printed({
    // Nobody listens there, and nothing is sent.
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://ada:pass-word@127.0.0.1:9/base?key=query-value',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://token-alone@127.0.0.1:9/own?key=query-value',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20header-value,x-tenant=tenant-value',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-own=own-value',
    OTEL_SERVICE_NAME: 'shop',
    ORDEAL_LOKI_URL: 'http://ada:loki-word@127.0.0.1:9',
    ORDEAL_CONTROL: '127.0.0.1:9',
    ORDEAL_CONTROL_TOKEN: 'control-token',
    ORDEAL_SLOW_MS: '250',
  });
  const settings = new Map(lines.map((line) => line.split(' = ', 2) as [string, string]));
  const read = (name: string) => JSON.parse(settings.get(name) as string);
  expect(lines).toHaveLength(settings.size);
  expect([read('service'), read('slowMs'), read('print')]).toEqual(['shop', 250, true]);
  expect(read('traces')).toMatchObject({
    url: 'http://***@127.0.0.1:9/own?key=***',
    headers: { authorization: '***', 'x-tenant': '***' },
    timeoutMs: 2000,
  });
  expect(read('metrics')).toMatchObject({
    url: 'http://***@127.0.0.1:9/base/v1/metrics?key=***',
    headers: { authorization: '***', 'x-tenant': '***', 'x-own': '***' },
  });
  expect(read('loki')).toMatchObject({ url: 'http://***@127.0.0.1:9/loki/api/v1/push' });
  expect(read('control')).toEqual({ host: '127.0.0.1', port: 9, token: '***' });
  for (const secret of [
    ...['pass-word', 'ada', 'token-alone', 'query-value', 'header-value', 'tenant-value', 'own-value'],
    ...['loki-word', 'control-token'],
  ])
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
});

it('prints nothing unless it is asked to', async () => {
  expect(await printed({ ORDEAL_PRINT_SETTINGS: 'false' })).toEqual([]);
});
