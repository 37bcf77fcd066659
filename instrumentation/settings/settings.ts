/** What the environment asks for. Read once, in `read-settings.ts`; everything that was not given has its default. */
export interface Settings {
  readonly disabled: boolean;
  readonly service: string;
  readonly version: string;
  /** `OTEL_RESOURCE_ATTRIBUTES`, without service.name and service.version. */
  readonly resource: Readonly<Record<string, string>>;
  /** Where each signal goes by OTLP; undefined when it goes nowhere. */
  readonly traces: OtlpDestination | undefined;
  readonly metrics: OtlpDestination | undefined;
  readonly logs: OtlpDestination | undefined;
  /** Where log lines are pushed: `ORDEAL_LOKI_URL` with Loki's path. */
  readonly loki: LokiDestination | undefined;
  /** The page of metrics; undefined when it was not asked for. */
  readonly prometheus: { readonly host: string; readonly port: number } | undefined;
  readonly sampler: { readonly kind: SamplerKind; readonly ratio: number };
  /** `OTEL_BSP_SCHEDULE_DELAY`: how long a span or a line waits for company. */
  readonly sendAfterMs: number;
  /** `OTEL_METRIC_EXPORT_INTERVAL`. */
  readonly metricIntervalMs: number;
  /** `OTEL_METRICS_EXEMPLAR_FILTER` is not `always_off`. */
  readonly exemplars: boolean;
  /** `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`, in UTF-16 code units. */
  readonly longestValue: number;
  /** `OTEL_ATTRIBUTE_COUNT_LIMIT` or `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, of a span. */
  readonly mostAttributes: number;
  /** `ORDEAL_BUFFER_MB`: the most that waits to be sent, all signals together. */
  readonly bufferBytes: number;
  /** `ORDEAL_SLOW_MS`, `ORDEAL_SLOW_QUERY_MS`: a longer operation is warned of. */
  readonly slowMs: number;
  readonly slowQueryMs: number;
  /** `ORDEAL_CONSOLE=json`. */
  readonly consoleAsJson: boolean;
  /** `ORDEAL_METRICS_FILE`: the mapping from diagnostics channels to metrics. */
  readonly mappingFile: string | undefined;
  /** `ORDEAL_MASK`: more names of fields that are masked. `ORDEAL_ALLOW`: names that are not, though the rules would. */
  readonly maskedFields: readonly string[];
  readonly allowedFields: readonly string[];
  /** `OTEL_NODE_DISABLED_INSTRUMENTATIONS`: short names (`pg`, `http`). */
  readonly disabledLibraries: readonly string[];
  /** `ORDEAL_HOOKS_FILE`: where the table of packages and hooks is written (for `ordeal doctor`). */
  readonly hooksFile: string | undefined;
  /** `ORDEAL_CONTROL` (`host:port`) and `ORDEAL_CONTROL_TOKEN`: where the harness waits, if it started this service. */
  readonly control: { readonly host: string; readonly port: number; readonly token: string } | undefined;
  /** `ORDEAL_PRINT_SETTINGS=true`. */
  readonly print: boolean;
  /** Values that could not be used, a sentence each. */
  readonly problems: readonly string[];
}

/** Plain data: it is handed to a thread as it is. */
export interface OtlpDestination {
  /** With the signal's path: `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  readonly encoding: 'proto' | 'json';
  readonly headers: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  /** How long one export may take. */
  readonly timeoutMs: number;
}

export interface LokiDestination {
  readonly url: string;
  readonly timeoutMs: number;
}

export type SamplerKind =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';
