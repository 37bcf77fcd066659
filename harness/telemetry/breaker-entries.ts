import type { BreakerEntry, BreakerState } from '../journal/entry.ts';
import { attribute, type DataPoint, msFromNanos, type OtlpMetric } from './otlp.ts';

const stateGauge = 'circuit_breaker.state';
const transitionEvent = 'circuit_breaker.transition';

/** As the gauge and the log lines name them; a breaker's own library may write a hyphen. */
const states: Readonly<Record<string, BreakerState>> = {
  closed: 'closed',
  open: 'open',
  half_open: 'half-open',
  'half-open': 'half-open',
};

/** The gauge has one point per breaker and state; the one with the value 1 is the current state. */
export function breakerSamples(metrics: readonly OtlpMetric[]): BreakerEntry[] {
  return metrics
    .filter(({ name }) => name === stateGauge)
    .flatMap(({ gauge }) => gauge?.dataPoints ?? [])
    .filter((point) => Number(point.asInt ?? point.asDouble) === 1)
    .map(sample)
    .filter((entry) => entry !== undefined);
}

function sample(point: DataPoint): BreakerEntry | undefined {
  const breaker = attribute(point.attributes, 'circuit_breaker.name');
  const state = states[String(attribute(point.attributes, 'circuit_breaker.state'))];
  if (breaker === undefined || !state) return undefined;
  return {
    kind: 'breaker',
    atMs: msFromNanos(point.timeUnixNano),
    breaker: String(breaker),
    state,
    source: 'sample',
  };
}

/** The transition that a log line tells of, if it does. `nanos` is the line's time in the push, Unix nanoseconds. */
export function breakerTransition(nanos: string, line: string): BreakerEntry | undefined {
  // Nearly every line is about something else and need not be parsed.
  if (!line.includes(transitionEvent)) return undefined;
  const fields = parseObject(line);
  const breaker = fields['circuit_breaker.name'];
  const state = states[String(fields[stateGauge])];
  if (fields.event !== transitionEvent || typeof breaker !== 'string' || !state) return undefined;
  return { kind: 'breaker', atMs: msFromNanos(nanos), breaker, state, source: 'transition' };
}

function parseObject(line: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(line));
  } catch {
    // Log lines may be anything.
    return {};
  }
}
