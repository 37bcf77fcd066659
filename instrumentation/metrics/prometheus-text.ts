import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { Mask } from '../mask/mask.ts';
import { ownScope } from './catalogue.ts';
import type { Exemplar, HistogramPoint } from './histogram-point.ts';
import type { NumberPoint } from './number-point.ts';
import { type Family, families } from './prometheus-families.ts';
import { labelName } from './prometheus-names.ts';
import type { Registry } from './registry.ts';

export type PageFormat = 'text' | 'openmetrics';

/**
 * All metrics as text: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format (0.0.4), or
 * https://prometheus.io/docs/specs/om/open_metrics_spec/ (1.0.0), which has exemplars.
 */
export class PrometheusText {
  readonly #registry: Registry;
  readonly #mask: Mask;
  readonly #target: string;
  readonly #tell: (text: string) => void;
  readonly #refused = new Set<string>();
  readonly #labels = new WeakMap<object, string>();

  /** `resource`: what the process is; shown once, as `target_info`. */
  constructor(options: {
    registry: Registry;
    mask: Mask;
    resource: Attributes;
    tell: (text: string) => void;
  }) {
    this.#registry = options.registry;
    this.#mask = options.mask;
    this.#tell = options.tell;
    this.#target = labels(options.resource, options.mask);
  }

  render(format: PageFormat): string {
    const lines: string[] = [];
    writeTarget(lines, this.#target, format);
    const labelsOf = (point: NumberPoint | HistogramPoint, name: string, version: string) =>
      this.#labelsOf(point, name, version);
    for (const family of families(this.#registry, labelsOf, (name) => this.#refuse(name)))
      writeFamily(lines, family, format);
    if (format === 'openmetrics') lines.push('# EOF');
    return `${lines.join('\n')}\n`;
  }

  /** Kept with the point: to mask and escape them again for each page would cost most of it. */
  #labelsOf(point: NumberPoint | HistogramPoint, name: string, version: string): string {
    const known = this.#labels.get(point);
    if (known !== undefined) return known;
    const scope = name === ownScope ? {} : { otel_scope_name: name, otel_scope_version: version };
    const text = labels({ ...point.attributes, ...scope }, this.#mask);
    this.#labels.set(point, text);
    return text;
  }

  #refuse(name: string): void {
    if (this.#refused.has(name)) return;
    this.#refused.add(name);
    this.#tell(
      `metric ${name} cannot stand on the Prometheus page: its name there is another metric's; it is sent by OTLP only`,
    );
  }
}

function writeTarget(lines: string[], resource: string, format: PageFormat): void {
  if (resource === '') return;
  if (format === 'openmetrics') lines.push('# TYPE target info', '# HELP target What is measured.');
  else lines.push('# HELP target_info What is measured.', '# TYPE target_info gauge');
  lines.push(`target_info{${resource}} 1`);
}

function writeFamily(lines: string[], family: Family, format: PageFormat): void {
  const named = format === 'text' && family.type === 'counter' ? `${family.name}_total` : family.name;
  lines.push(`# TYPE ${named} ${family.type}`);
  if (format === 'openmetrics' && family.unit !== undefined) lines.push(`# UNIT ${named} ${family.unit}`);
  if (family.help !== '') lines.push(`# HELP ${named} ${escapeHelp(family.help, format)}`);
  if (family.type === 'histogram')
    for (const [text, point] of family.points) writeHistogram(lines, family.name, text, point, format);
  else {
    const sample = family.type === 'counter' ? `${family.name}_total` : family.name;
    for (const [text, { value }] of family.points) lines.push(`${sample}${braces(text)} ${value}`);
  }
}

function writeHistogram(
  lines: string[],
  name: string,
  text: string,
  point: HistogramPoint,
  format: PageFormat,
): void {
  const before = text === '' ? '' : `${text},`;
  let below = 0;
  for (const [bucket, count] of point.counts.entries()) {
    below += count;
    const bound = point.bounds[bucket];
    const le = bound === undefined ? '+Inf' : canonical(bound);
    const exemplar = format === 'openmetrics' ? point.exemplar(bucket) : undefined;
    lines.push(`${name}_bucket{${before}le="${le}"} ${below}${exemplarText(exemplar)}`);
  }
  lines.push(`${name}_sum${braces(text)} ${point.sum}`, `${name}_count${braces(text)} ${point.count}`);
}

function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  const { traceId, spanId, value, atMs } = exemplar;
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${value} ${atMs / 1000}`;
}

function braces(text: string): string {
  return text === '' ? '' : `{${text}}`;
}

/** Attributes whose names become the same label are put together, in the order of their own names. */
function labels(attributes: Attributes, mask: Mask): string {
  const byLabel = new Map<string, string>();
  for (const key of Object.keys(attributes).sort()) {
    const name = reserved.get(labelName(key)) ?? labelName(key);
    const value = valueText(key, attributes[key], mask);
    const other = byLabel.get(name);
    byLabel.set(name, other === undefined ? value : `${other};${value}`);
  }
  return [...byLabel].map(([name, value]) => `${name}="${escapeValue(value)}"`).join(',');
}

/** `le` belongs to the buckets; Prometheus itself names a label that is in its way like this. */
const reserved = new Map([['le', 'exported_le']]);

function valueText(key: string, value: AttributeValue | undefined, mask: Mask): string {
  if (typeof value === 'string') return mask.field(key, value);
  if (Array.isArray(value))
    return JSON.stringify(value.map((item) => (typeof item === 'string' ? mask.field(key, item) : item)));
  return String(value);
}

function escapeValue(text: string): string {
  return /[\\"\n]/.test(text) ? text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n') : text;
}

/** OpenMetrics has quotes escaped too; the older format would show the backslash. */
function escapeHelp(text: string, format: PageFormat): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}

/**
 * A bound is a label, and has to be the same text wherever it comes from: as Go writes it, with a point in it.
 * https://prometheus.io/docs/specs/om/open_metrics_spec/#considerations-canonical-numbers
 */
function canonical(bound: number): string {
  const [mantissa = '', exponent = '0'] = bound.toExponential().split('e');
  const power = Number(exponent);
  if (bound !== 0 && (power < -4 || power >= 6))
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}
