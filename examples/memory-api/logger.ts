import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';

/** JSON lines with `timestamp` (ISO 8601), `level` (a word) and `message`. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    messageKey: 'message',
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: tellError },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** What clients of Redis and PostgreSQL hang on their errors may hold passwords and contents. */
const untold = ['command', 'detail', 'where', 'parameters', 'previousErrors', 'lastNodeError'];

function tellError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const told = stdSerializers.err(error) as unknown as Record<string, unknown>;
  for (const name of untold) if (name in told) told[name] = undefined;
  return told;
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
