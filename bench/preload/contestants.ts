import { join } from 'node:path';

export type ContestantName = 'none' | 'ordeal' | 'otel' | 'dd' | 'edot';

/** A way to watch the same service. */
export interface Contestant {
  readonly name: ContestantName;
  /** Arguments of node before the script. */
  readonly nodeArguments: readonly string[];
  /** In which the service is started, so that a package named in the arguments is found there. */
  readonly folder: string;
  /** `url`: where everything is sent. */
  environment(url: string): Record<string, string>;
}

/** Each peer is installed in a folder of its own, as somebody would who uses it alone: in one they share packages. */
export const peerFolders = {
  otel: join(import.meta.dirname, 'peers', 'otel'),
  dd: join(import.meta.dirname, 'peers', 'dd'),
  edot: join(import.meta.dirname, 'peers', 'edot'),
};

const metricIntervalMs = 5000;

const none: Contestant = {
  name: 'none',
  nodeArguments: [],
  folder: import.meta.dirname,
  environment: () => ({}),
};

/** `file`: the preload as it was built. */
export function ordeal(file: string): Contestant {
  return {
    name: 'ordeal',
    nodeArguments: ['--import', file],
    folder: import.meta.dirname,
    environment: (url) => ({
      OTEL_SERVICE_NAME: 'memories',
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_METRIC_EXPORT_INTERVAL: `${metricIntervalMs}`,
      ORDEAL_LOKI_URL: url,
    }),
  };
}

/** All three signals by OTLP, in protobuf. The detectors left out ask the metadata servers of clouds. */
const otlp = (url: string) => ({
  OTEL_SERVICE_NAME: 'memories',
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_METRICS_EXPORTER: 'otlp',
  OTEL_LOGS_EXPORTER: 'otlp',
  OTEL_METRIC_EXPORT_INTERVAL: `${metricIntervalMs}`,
  OTEL_METRIC_EXPORT_TIMEOUT: `${metricIntervalMs}`,
  OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process,serviceinstance',
});

const otel: Contestant = {
  name: 'otel',
  nodeArguments: ['--require', '@opentelemetry/auto-instrumentations-node/register'],
  folder: peerFolders.otel,
  environment: otlp,
};

const edot: Contestant = {
  name: 'edot',
  nodeArguments: ['--import', '@elastic/opentelemetry-node'],
  folder: peerFolders.edot,
  environment: (url) => ({ ...otlp(url), ELASTIC_OTEL_NODE_ENABLE_LOG_SENDING: 'true' }),
};

/** Spans by its agent's protocol, metrics of the runtime by DogStatsD over HTTP; lines get ids but are not shipped by the tracer. */
const dd: Contestant = {
  name: 'dd',
  nodeArguments: ['--require', 'dd-trace/init'],
  folder: peerFolders.dd,
  environment: (url) => ({
    DD_SERVICE: 'memories',
    DD_TRACE_AGENT_URL: url,
    DD_RUNTIME_METRICS_ENABLED: 'true',
    DD_RUNTIME_METRICS_FLUSH_INTERVAL: `${metricIntervalMs}`,
    DD_LOGS_INJECTION: 'true',
    DD_TRACE_STARTUP_LOGS: 'false',
    DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
    DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  }),
};

export function contestants(preloadFile: string): readonly Contestant[] {
  return [none, ordeal(preloadFile), otel, dd, edot];
}
