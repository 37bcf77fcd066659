import { manifestAbove } from './manifest.ts';
import { refuseNotSupported } from './not-supported.ts';
import { Reader } from './reader.ts';
import type { OtlpDestination, SamplerKind, Settings } from './settings.ts';

const samplers: readonly SamplerKind[] = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
];

const exporters = ['otlp', 'prometheus', 'none'] as const;

/**
 * The one place where the preload reads its environment. `OTEL_*` are read as OpenTelemetry documents them
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/), with defaults of our own: an
 * export may take 2 s, not 10, and what is recorded is sent after 0.5 s, not 5, so that little is lost with the process;
 * a text is cut at 4096; without an endpoint nothing is sent, and lines go by OTLP only when that is asked for.
 * `script` is the file that the service was started with.
 */
export function readSettings(env: NodeJS.ProcessEnv, script: string | undefined): Settings {
  const read = new Reader(env);
  refuseNotSupported(read);
  const attributes = read.pairs('OTEL_RESOURCE_ATTRIBUTES');
  const { 'service.name': namedService, 'service.version': namedVersion, ...resource } = attributes;
  const manifest = manifestAbove(script);
  const loki = read.url('ORDEAL_LOKI_URL');
  const timeoutMs = read.milliseconds('OTEL_EXPORTER_OTLP_TIMEOUT', 2000);
  const pagePort = read.number('OTEL_EXPORTER_PROMETHEUS_PORT', 9464, 0, 65_535);
  return {
    disabled: read.flag('OTEL_SDK_DISABLED'),
    service: read.text('OTEL_SERVICE_NAME') ?? namedService ?? manifest.name ?? 'unknown_service',
    version: namedVersion ?? manifest.version ?? 'unknown',
    resource,
    traces: wants(read, 'OTEL_TRACES_EXPORTER', 'otlp')
      ? destination(read, 'TRACES', 'v1/traces')
      : undefined,
    metrics: wants(read, 'OTEL_METRICS_EXPORTER', 'otlp')
      ? destination(read, 'METRICS', 'v1/metrics')
      : undefined,
    // Lines go to Loki; by OTLP they go when that is asked for.
    logs:
      read.text('OTEL_LOGS_EXPORTER') !== undefined && wants(read, 'OTEL_LOGS_EXPORTER', 'otlp')
        ? destination(read, 'LOGS', 'v1/logs')
        : undefined,
    loki: loki && { url: joined(loki, 'loki/api/v1/push'), timeoutMs },
    prometheus:
      read.text('OTEL_METRICS_EXPORTER') !== undefined && wants(read, 'OTEL_METRICS_EXPORTER', 'prometheus')
        ? {
            host: read.text('OTEL_EXPORTER_PROMETHEUS_HOST') ?? '127.0.0.1',
            port: pagePort,
          }
        : undefined,
    sampler: {
      kind: read.oneOf('OTEL_TRACES_SAMPLER', samplers, 'parentbased_always_on'),
      ratio: read.number('OTEL_TRACES_SAMPLER_ARG', 1, 0, 1),
    },
    sendAfterMs: read.milliseconds('OTEL_BSP_SCHEDULE_DELAY', 500),
    metricIntervalMs: read.milliseconds('OTEL_METRIC_EXPORT_INTERVAL', 60_000),
    exemplars:
      read.oneOf('OTEL_METRICS_EXEMPLAR_FILTER', ['trace_based', 'always_off'], 'trace_based') !==
      'always_off',
    longestValue: read.number('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 4096, 1),
    mostAttributes: read.number(
      'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT',
      read.number('OTEL_ATTRIBUTE_COUNT_LIMIT', 128, 1),
      1,
    ),
    bufferBytes: read.number('ORDEAL_BUFFER_MB', 32, 1, 1024) * 2 ** 20,
    slowMs: read.number('ORDEAL_SLOW_MS', 1000, 1),
    slowQueryMs: read.number('ORDEAL_SLOW_QUERY_MS', 1000, 1),
    consoleAsJson: read.list('ORDEAL_CONSOLE', ['json']).includes('json'),
    mappingFile: read.text('ORDEAL_METRICS_FILE'),
    maskedFields: read.names('ORDEAL_MASK'),
    allowedFields: read.names('ORDEAL_ALLOW'),
    disabledLibraries: read.names('OTEL_NODE_DISABLED_INSTRUMENTATIONS'),
    hooksFile: read.text('ORDEAL_HOOKS_FILE'),
    control: control(read),
    print: read.flag('ORDEAL_PRINT_SETTINGS'),
    problems: read.problems,
  };
}

/** Exporters are a list; `otlp` is the one that is used when nothing is said. */
function wants(read: Reader, name: string, exporter: 'otlp' | 'prometheus'): boolean {
  const known = name === 'OTEL_METRICS_EXPORTER' ? exporters : exporters.filter((it) => it !== 'prometheus');
  const given = read.list(name, known);
  return given.length === 0 ? exporter === 'otlp' : given.includes(exporter) && !given.includes('none');
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/: a signal's own setting goes before the general one. */
function destination(read: Reader, signal: string, path: string): OtlpDestination | undefined {
  const general = read.url('OTEL_EXPORTER_OTLP_ENDPOINT');
  const own = read.url(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`);
  const url = own?.href ?? (general && joined(general, path));
  if (!url) return undefined;
  const either = (name: string) =>
    [`OTEL_EXPORTER_OTLP_${signal}_${name}`, `OTEL_EXPORTER_OTLP_${name}`] as const;
  return {
    url,
    encoding:
      read.oneOfFirst(either('PROTOCOL'), ['http/protobuf', 'http/json'], 'http/protobuf') === 'http/json'
        ? 'json'
        : 'proto',
    headers: {
      ...read.pairs('OTEL_EXPORTER_OTLP_HEADERS'),
      ...read.pairs(`OTEL_EXPORTER_OTLP_${signal}_HEADERS`),
    },
    gzip: read.oneOfFirst(either('COMPRESSION'), ['gzip', 'none'], 'none') === 'gzip',
    timeoutMs: read.milliseconds(
      `OTEL_EXPORTER_OTLP_${signal}_TIMEOUT`,
      read.milliseconds('OTEL_EXPORTER_OTLP_TIMEOUT', 2000),
    ),
  };
}

function control(read: Reader): Settings['control'] {
  const [address, token] = [read.text('ORDEAL_CONTROL'), read.text('ORDEAL_CONTROL_TOKEN')];
  const [, host, port] = /^(127\.0\.0\.1|localhost):(\d{1,5})$/.exec(address ?? '') ?? [];
  if (!address) return undefined;
  if (host && port && token) return { host, port: Number(port), token };
  read.refuse(
    'ORDEAL_CONTROL',
    '127.0.0.1:<port>, with ORDEAL_CONTROL_TOKEN beside it',
    address,
    'it is not used',
  );
  return undefined;
}

function joined(base: URL, path: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`;
  return url.href;
}
