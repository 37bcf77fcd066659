/** By pino's numbers (https://getpino.io/#/docs/api?id=loggerlevels), in ascending order. */
const numbers = [
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'error'],
  [60, 'fatal'],
] as const;

export type Level = (typeof numbers)[number][1];

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
export const severityNumbers: Readonly<Record<Level, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
};

const otherNames: Readonly<Record<string, Level>> = {
  warning: 'warn',
  notice: 'info',
  err: 'error',
  critical: 'fatal',
  crit: 'fatal',
  alert: 'fatal',
  emerg: 'fatal',
};

/** The level that a line is sorted under; a number between two is the lower one, an unknown name is `info`. */
export function levelOf(written: unknown): Level {
  if (typeof written === 'number') return numbers.findLast(([number]) => written >= number)?.[1] ?? 'trace';
  if (typeof written !== 'string') return 'info';
  const name = written.toLowerCase();
  return isLevel(name) ? name : (Object.hasOwn(otherNames, name) && otherNames[name]) || 'info';
}

function isLevel(name: string): name is Level {
  return Object.hasOwn(severityNumbers, name);
}
