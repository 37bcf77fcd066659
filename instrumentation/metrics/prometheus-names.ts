import type { MetricDefinition } from './metric.ts';

/**
 * Names of Prometheus for names of OpenTelemetry:
 * https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#otlp-metric-points-to-prometheus
 */
export interface FamilyName {
  /** Of the family: a counter's samples have `_total` after it. */
  readonly name: string;
  /** In words, when the name ends with it, as OpenMetrics asks. */
  readonly unit: string | undefined;
}

/** `http.server.request.duration` in `s`: `http_server_request_duration_seconds`. */
export function familyName({ name, kind, unit }: MetricDefinition): FamilyName {
  const plain = clean(name).replace(kind === 'counter' ? /_total$/ : /^$/, '');
  const base = /^[0-9]/.test(plain) ? `_${plain}` : plain;
  const words = unitInWords(unit, kind);
  const known = words === '' || base.split('_').includes(words) || base.endsWith(`_${words}`);
  const full = known ? base : `${base}_${words}`;
  return { name: full, unit: words !== '' && full.endsWith(`_${words}`) ? words : undefined };
}

/** The name that most of its samples have: what a query is written with. */
export function sampleName(definition: MetricDefinition): string {
  const { name } = familyName(definition);
  return definition.kind === 'counter' ? `${name}_total` : name;
}

export function labelName(attribute: string): string {
  const plain = clean(attribute);
  return /^[0-9]/.test(plain) || plain === '' ? `_${plain}` : plain;
}

function clean(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]+/g, '_').replace(/_+/g, '_');
}

/** `1` counts things, unless it is a gauge's: then it is a share of something. */
function unitInWords(unit: string, kind: MetricDefinition['kind']): string {
  if (unit === '1') return kind === 'gauge' ? 'ratio' : '';
  const [first = '', per] = unit.replace(/\{[^}]*\}/g, '').split('/');
  const one = words.get(first) ?? clean(first);
  const each = per === undefined || per === '' ? '' : `per_${perWords.get(per) ?? clean(per)}`;
  return [one, each]
    .filter((word) => word !== '')
    .join('_')
    .replace(/^_|_$/g, '');
}

const words = new Map(
  Object.entries({
    '1': '',
    '%': 'percent',
    d: 'days',
    h: 'hours',
    min: 'minutes',
    s: 'seconds',
    ms: 'milliseconds',
    us: 'microseconds',
    ns: 'nanoseconds',
    By: 'bytes',
    KiBy: 'kibibytes',
    MiBy: 'mebibytes',
    GiBy: 'gibibytes',
    TiBy: 'tebibytes',
    KBy: 'kilobytes',
    kBy: 'kilobytes',
    MBy: 'megabytes',
    GBy: 'gigabytes',
    TBy: 'terabytes',
    m: 'meters',
    V: 'volts',
    A: 'amperes',
    J: 'joules',
    W: 'watts',
    g: 'grams',
    Cel: 'celsius',
    Hz: 'hertz',
  }),
);

const perWords = new Map(
  Object.entries({
    s: 'second',
    min: 'minute',
    m: 'minute',
    h: 'hour',
    d: 'day',
    w: 'week',
    mo: 'month',
    y: 'year',
  }),
);
