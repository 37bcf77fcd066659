/* What the fields of a mapping file may hold. */

export type Fields = Readonly<Record<string, unknown>>;

/** https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument-name-syntax */
const metricName = /^[A-Za-z][A-Za-z0-9_./-]{0,254}$/;
/** A path: names of fields, with dots between them. */
const pathText = /^[^.]+(\.[^.]+)*$/;
export const mostBuckets = 100;
export const mostAttributes = 10;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isName(value: unknown): boolean {
  return isText(value) && value !== '';
}

/** https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument-unit */
export function isShort(value: unknown): boolean {
  return isText(value) && value.length <= 63;
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

export function isPath(value: unknown): boolean {
  return isText(value) && pathText.test(value);
}

export function isAscending(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0 || value.length > mostBuckets) return false;
  return value.every((bound, at) => isNumber(bound) && (at === 0 || bound > value[at - 1]));
}

export function isAttributes(value: unknown): boolean {
  const fields = Array.isArray(value) ? value : isFields(value) && Object.values(value);
  return fields !== false && fields.length <= mostAttributes && fields.every(isPath);
}

export function isWhen(value: unknown): boolean {
  if (!isFields(value)) return false;
  return Object.entries(value).every(
    ([field, is]) => isPath(field) && ['string', 'number', 'boolean'].includes(typeof is),
  );
}

export function isMetricName(value: unknown): boolean {
  return isText(value) && metricName.test(value);
}
