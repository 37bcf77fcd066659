import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the environment asks for. OTEL_* that only the SDK needs (endpoints, headers, queue sizes) it reads itself. */
export interface Settings {
  readonly disabled: boolean;
  readonly service: string;
  readonly version: string;
  /** Whether an OTLP endpoint is named; without one nothing connects anywhere. */
  readonly traces: boolean;
  readonly metrics: boolean;
  /** Between two exports of metrics. */
  readonly metricIntervalMs: number;
  readonly encoding: Encoding;
  /** How long one export may take, retries included. */
  readonly exportTimeoutMs: number;
  /** Where log lines are pushed. */
  readonly lokiPushUrl?: URL;
  /** Values that could not be used, a sentence each. */
  readonly problems: readonly string[];
}

export type Encoding = 'json' | 'proto';

/** OTLP's own default is 10 s. A collector that does not answer would hold a process that ends for that long. */
const exportTimeoutMs = 2000;
/** https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#periodic-exporting-metricreader */
const metricIntervalMs = 60_000;

/** The one place where the preload reads its environment. `script` is the file that the service was started with. */
export function readSettings(env: NodeJS.ProcessEnv, script: string | undefined): Settings {
  const problems: string[] = [];
  const url = (name: string) => readUrl(name, env[name], problems);
  const attributes = readAttributes(env.OTEL_RESOURCE_ATTRIBUTES);
  const manifest = readManifest(script);
  const milliseconds = (name: string, otherwise: number) =>
    readMilliseconds(name, env[name], otherwise, problems);
  const otlp = url('OTEL_EXPORTER_OTLP_ENDPOINT') !== undefined;
  const loki = url('ORDEAL_LOKI_URL');
  return {
    disabled: env.OTEL_SDK_DISABLED?.toLowerCase() === 'true',
    service: env.OTEL_SERVICE_NAME || attributes.get('service.name') || manifest.name || 'unknown_service',
    version: attributes.get('service.version') || manifest.version || 'unknown',
    traces:
      (url('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') !== undefined || otlp) &&
      env.OTEL_TRACES_EXPORTER !== 'none',
    metrics:
      (url('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT') !== undefined || otlp) &&
      env.OTEL_METRICS_EXPORTER !== 'none',
    metricIntervalMs: milliseconds('OTEL_METRIC_EXPORT_INTERVAL', metricIntervalMs),
    encoding: readEncoding(env.OTEL_EXPORTER_OTLP_PROTOCOL, problems),
    exportTimeoutMs: milliseconds('OTEL_EXPORTER_OTLP_TIMEOUT', exportTimeoutMs),
    ...(loki && { lokiPushUrl: new URL(`${loki.href.replace(/\/$/, '')}/loki/api/v1/push`) }),
    problems,
  };
}

function readUrl(name: string, value: string | undefined, problems: string[]): URL | undefined {
  if (!value) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  problems.push(`${name} has to be an http or https URL, got ${JSON.stringify(value)}: it is not used`);
  return undefined;
}

function readMilliseconds(
  name: string,
  value: string | undefined,
  otherwise: number,
  problems: string[],
): number {
  if (!value) return otherwise;
  const milliseconds = Number(value);
  if (milliseconds > 0 && Number.isFinite(milliseconds)) return milliseconds;
  problems.push(`${name} has to be milliseconds above 0, got ${JSON.stringify(value)}: ${otherwise} is used`);
  return otherwise;
}

function readEncoding(value: string | undefined, problems: string[]): Encoding {
  if (value === 'http/json') return 'json';
  if (value && value !== 'http/protobuf') {
    const expected = 'has to be http/protobuf or http/json';
    problems.push(
      `OTEL_EXPORTER_OTLP_PROTOCOL ${expected}, got ${JSON.stringify(value)}: http/protobuf is used`,
    );
  }
  return 'proto';
}

/** `a=b,c=d`: https://opentelemetry.io/docs/specs/otel/resource/sdk/ */
function readAttributes(text = ''): Map<string, string> {
  const pairs = text.split(',').map((pair) => pair.split('=').map((part) => decode(part.trim())));
  return new Map(pairs.flatMap(([key, value]) => (key && value ? [[key, value]] : [])));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Name and version from the nearest package.json above the script. */
function readManifest(script: string | undefined): { name?: string; version?: string } {
  for (let folder = script && dirname(script); folder; folder = parentOf(folder)) {
    try {
      return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    } catch {}
  }
  return {};
}

function parentOf(folder: string): string | undefined {
  const parent = dirname(folder);
  return parent === folder ? undefined : parent;
}
