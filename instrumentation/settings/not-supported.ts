import type { Reader } from './reader.ts';

/** Variables that OpenTelemetry documents and that change nothing here. */
interface NotSupported {
  readonly names: readonly string[];
  /** What is done whatever they say. */
  readonly instead: string;
  /** Values that ask for just that. */
  readonly same?: readonly string[];
}

export const notSupported: readonly NotSupported[] = [
  {
    names: ['OTEL_PROPAGATORS'],
    instead: 'W3C trace context is read and passed on, baggage is not',
    same: ['tracecontext'],
  },
  {
    names: ofEachSignal('CERTIFICATE'),
    instead: 'NODE_EXTRA_CA_CERTS names a file with the authorities to trust',
  },
  {
    names: [...ofEachSignal('CLIENT_KEY'), ...ofEachSignal('CLIENT_CERTIFICATE')],
    instead: 'no certificate of a client is sent',
  },
  {
    names: ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
    instead: 'counters and histograms are cumulative',
    same: ['cumulative'],
  },
  {
    names: ['OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION'],
    instead: 'histograms have explicit buckets',
    same: ['explicit_bucket_histogram'],
  },
  {
    names: ['OTEL_BSP_MAX_QUEUE_SIZE', 'OTEL_BLRP_MAX_QUEUE_SIZE'],
    instead: 'ORDEAL_BUFFER_MB bounds what waits to be sent',
  },
  {
    names: ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE'],
    instead: 'at most 64 KB go into a request',
  },
  {
    names: ['OTEL_BSP_EXPORT_TIMEOUT', 'OTEL_BLRP_EXPORT_TIMEOUT', 'OTEL_METRIC_EXPORT_TIMEOUT'],
    instead: 'OTEL_EXPORTER_OTLP_TIMEOUT bounds each export',
  },
  { names: ['OTEL_BLRP_SCHEDULE_DELAY'], instead: 'OTEL_BSP_SCHEDULE_DELAY is for lines too' },
  {
    names: ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
    instead: 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT is for spans too',
  },
  {
    names: ['OTEL_SPAN_EVENT_COUNT_LIMIT', 'OTEL_SPAN_LINK_COUNT_LIMIT'],
    instead: 'a span has at most 128 of each',
    same: ['128'],
  },
  {
    names: [
      'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
      'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
      'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT',
      'OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    ],
    instead: 'events, links and lines keep all their attributes',
  },
  { names: ['OTEL_LOG_LEVEL'], instead: 'what is wrong is said once, on stderr', same: ['info'] },
  { names: ['OTEL_CONFIG_FILE'], instead: 'settings are read from the environment alone' },
  {
    names: ['OTEL_NODE_ENABLED_INSTRUMENTATIONS'],
    instead: 'every library is watched but those of OTEL_NODE_DISABLED_INSTRUMENTATIONS',
  },
  {
    names: ['OTEL_NODE_RESOURCE_DETECTORS'],
    instead: 'the process, its host and OTEL_RESOURCE_ATTRIBUTES are told; no cloud is asked',
  },
];

/** Says of each that is set to something else what is done instead. */
export function refuseNotSupported(read: Reader): void {
  for (const { names, instead, same = [] } of notSupported)
    for (const name of names) {
      const text = read.text(name);
      if (text !== undefined && !same.includes(text.toLowerCase())) read.passOver(name, instead);
    }
}

function ofEachSignal(what: string): string[] {
  return ['', 'TRACES_', 'METRICS_', 'LOGS_'].map((signal) => `OTEL_EXPORTER_OTLP_${signal}${what}`);
}
