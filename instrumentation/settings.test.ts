import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readSettings } from './settings.ts';

const script = fileURLToPath(new URL('./fixtures/http-raw.js', import.meta.url));

it.each([
  [{}, { service: '@ordeal/preload', version: '0.1.0', traces: false, metrics: false, disabled: false }],
  [{ OTEL_SERVICE_NAME: 'api' }, { service: 'api' }],
  [
    { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a%20b, service.version=2' },
    { service: 'a b', version: '2', problems: [] },
  ],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, { traces: true, metrics: true }],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/t' }, { traces: true, metrics: false }],
  [{ OTEL_SDK_DISABLED: 'TRUE' }, { disabled: true }],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'nowhere' },
    {
      traces: false,
      metrics: false,
      problems: ['OTEL_EXPORTER_OTLP_ENDPOINT has to be an http or https URL, got "nowhere": it is not used'],
    },
  ],
  [{ ORDEAL_LOKI_URL: 'ftp://loki' }, { problems: [expect.stringContaining('ORDEAL_LOKI_URL')] }],
] as [NodeJS.ProcessEnv, object][])('%j', (env, expected) => {
  expect(readSettings(env, script)).toMatchObject(expected);
});

it.each([
  ['http://127.0.0.1:3100', 'http://127.0.0.1:3100/loki/api/v1/push'],
  ['http://127.0.0.1:3100/', 'http://127.0.0.1:3100/loki/api/v1/push'],
  ['https://logs.example/tenant', 'https://logs.example/tenant/loki/api/v1/push'],
])('pushes for %s go to %s', (base, push) => {
  expect(readSettings({ ORDEAL_LOKI_URL: base }, undefined).lokiPushUrl?.href).toBe(push);
});
