import { type DestinationStream, type Logger, pino } from 'pino';

/** JSON lines with `timestamp` (ISO 8601), `level` (a word) and `message`. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    messageKey: 'message',
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination ? pino(options, destination) : pino(options);
}

type Write = (fields: object, message: string) => void;

/**
 * Lets one line through per interval and counts those held back, so that an outage is told, not shouted.
 * The next line that goes through says in `held_back` how many did not.
 */
export function atMostEvery(intervalMs: number, write: Write, now: () => number = Date.now): Write {
  let silentUntilMs = Number.NEGATIVE_INFINITY;
  let heldBack = 0;
  return (fields, message) => {
    if (now() < silentUntilMs) {
      heldBack += 1;
      return;
    }
    write({ ...fields, held_back: heldBack }, message);
    silentUntilMs = now() + intervalMs;
    heldBack = 0;
  };
}
