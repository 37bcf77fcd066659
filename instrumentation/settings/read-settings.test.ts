import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSettings } from './read-settings.ts';

const collector = 'http://127.0.0.1:4318';

it('sends nothing anywhere unless told to', () => {
  const { traces, metrics, logs, loki, prometheus, control, problems } = readSettings({}, undefined);
  expect({ traces, metrics, logs, loki, prometheus, control, problems }).toEqual({ problems: [] });
});

it.each([
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector },
    `${collector}/v1/traces`,
    `${collector}/v1/metrics`,
    undefined,
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector}/base/` },
    `${collector}/base/v1/traces`,
    `${collector}/base/v1/metrics`,
    undefined,
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector}/base?tenant=7` },
    `${collector}/base/v1/traces?tenant=7`,
    `${collector}/base/v1/metrics?tenant=7`,
    undefined,
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_LOGS_EXPORTER: 'otlp' },
    `${collector}/v1/traces`,
    `${collector}/v1/metrics`,
    `${collector}/v1/logs`,
  ],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector}/own` }, `${collector}/own`, undefined, undefined],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_TRACES_EXPORTER: 'none' },
    undefined,
    `${collector}/v1/metrics`,
    undefined,
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_METRICS_EXPORTER: 'none' },
    `${collector}/v1/traces`,
    undefined,
    undefined,
  ],
])('%j', (env, traces, metrics, logs) => {
  const settings = readSettings(env, undefined);
  expect([settings.traces?.url, settings.metrics?.url, settings.logs?.url]).toEqual([traces, metrics, logs]);
});

it.each([
  ['prometheus', false, true],
  ['otlp,prometheus', true, true],
  ['otlp', true, false],
  ['none', false, false],
  ['zipkin', true, false],
])('OTEL_METRICS_EXPORTER=%s', (exporters, otlp, page) => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_METRICS_EXPORTER: exporters };
  const { metrics, prometheus } = readSettings(env, undefined);
  expect([metrics !== undefined, prometheus]).toEqual([
    otlp,
    page ? { host: '127.0.0.1', port: 9464 } : undefined,
  ]);
});

it('a setting for one signal goes before the one for all', () => {
  const { traces, metrics } = readSettings(
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=two%20words',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=3',
      OTEL_EXPORTER_OTLP_TIMEOUT: '700',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '900',
    },
    undefined,
  );
  expect(traces).toMatchObject({
    encoding: 'proto',
    gzip: true,
    headers: { a: '3', b: 'two words' },
    timeoutMs: 700,
  });
  expect(metrics).toMatchObject({ encoding: 'json', gzip: false, headers: { a: '1' }, timeoutMs: 900 });
});

it('the service is called as the environment says, else as its package.json', () => {
  const folder = mkdtempSync(join(tmpdir(), 'manifest-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{"name":"shop","version":"3.2.1"}');
    const named = (env: NodeJS.ProcessEnv) => {
      const { service, version, resource } = readSettings(env, join(folder, 'server.js'));
      return [service, version, resource];
    };
    expect(named({})).toEqual(['shop', '3.2.1', {}]);
    const attributes = 'service.name=till,service.version=4,deployment.environment.name=test';
    expect(named({ OTEL_RESOURCE_ATTRIBUTES: attributes })).toEqual([
      'till',
      '4',
      { 'deployment.environment.name': 'test' },
    ]);
    expect(named({ OTEL_RESOURCE_ATTRIBUTES: attributes, OTEL_SERVICE_NAME: 'desk' })[0]).toBe('desk');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'nowhere', 'an http or https URL'],
  ['ORDEAL_LOKI_URL', 'ftp://127.0.0.1', 'an http or https URL'],
  ['OTEL_BSP_SCHEDULE_DELAY', 'soon', 'a number from 1 to 2147483647'],
  ['OTEL_BSP_SCHEDULE_DELAY', '2147483648', 'a number from 1 to 2147483647'],
  ['OTEL_METRIC_EXPORT_INTERVAL', '-1', 'a number from 1 to 2147483647'],
  ['OTEL_METRIC_EXPORT_INTERVAL', '2147483648', 'a number from 1 to 2147483647'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '2147483648', 'a number from 1 to 2147483647'],
  ['ORDEAL_SLOW_MS', '0', 'a number from 1 on'],
  ['OTEL_METRICS_EXEMPLAR_FILTER', 'always_on', 'trace_based or always_off'],
  ['OTEL_TRACES_SAMPLER', 'some', 'always_on or '],
  ['OTEL_TRACES_SAMPLER_ARG', '2', 'a number from 0 to 1'],
  ['OTEL_EXPORTER_PROMETHEUS_PORT', '70000', 'a number from 0 to 65535'],
  ['OTEL_SDK_DISABLED', 'yes', 'true or false'],
  ['OTEL_TRACES_EXPORTER', 'zipkin', 'some of otlp, none'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'service.name', 'name=value'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'service.name=%%%', 'name=value'],
  ['ORDEAL_CONSOLE', 'xml', 'some of json'],
  ['ORDEAL_CONTROL', '10.0.0.1:80', '127.0.0.1:<port>'],
])('%s=%s is said once and not used', (name, value, expected) => {
  const plain = readSettings({}, undefined);
  const { problems, ...settings } = readSettings({ [name]: value }, undefined);
  expect(problems).toEqual([expect.stringContaining(`${name} has to be ${expected}`)]);
  expect({ ...settings, problems: [] }).toEqual(plain);
});

it('nothing waits for longer than a timer of Node can: it would be 1 ms', () => {
  const read = (milliseconds: number) => {
    const names = ['OTEL_BSP_SCHEDULE_DELAY', 'OTEL_METRIC_EXPORT_INTERVAL', 'OTEL_EXPORTER_OTLP_TIMEOUT'];
    const signals = ['TRACES', 'METRICS', 'LOGS'].map((signal) => `OTEL_EXPORTER_OTLP_${signal}_TIMEOUT`);
    const times = Object.fromEntries([...names, ...signals].map((name) => [name, String(milliseconds)]));
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_LOGS_EXPORTER: 'otlp', ...times };
    const { traces, metrics, logs, loki, ...rest } = readSettings(
      { ...env, ORDEAL_LOKI_URL: collector },
      undefined,
    );
    const timeouts = [traces, metrics, logs, loki].map((destination) => destination?.timeoutMs);
    return [rest.sendAfterMs, rest.metricIntervalMs, ...timeouts];
  };
  const longest = 2 ** 31 - 1;
  expect(read(longest)).toEqual(Array(6).fill(longest));
  expect(read(longest + 1)).toEqual([500, 60_000, 2000, 2000, 2000, 2000]);
});

it('a header that cannot be read is not repeated: it may be a credential', () => {
  const { problems } = readSettings(
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_EXPORTER_OTLP_HEADERS: 'authorization Bearer abc' },
    undefined,
  );
  expect(problems).toHaveLength(1);
  expect(problems.join()).not.toContain('abc');
});

it.each([
  'user:s3cret@loki:3100',
  'ftp://user:s3cret@loki',
  'https//user:s3cret@loki',
  'http://user:s3cret@loki:port',
  's3cret@loki',
  'collector:4318/?api_key=s3cret',
])('nor is a URL that cannot be used and may hold a password: %s', (url) => {
  for (const name of [
    'ORDEAL_LOKI_URL',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  ]) {
    const { problems } = readSettings({ [name]: url }, undefined);
    expect(problems).toEqual([
      `${name} has to be an http or https URL, got "something else": it is not used`,
    ]);
  }
});
