import { format } from 'node:util';
import type { Tools } from '../libraries/watcher.ts';
import { catalogue } from '../metrics/catalogue.ts';
import { wallClockMs } from '../trace/clock.ts';
import { fragmentOf } from './fragment.ts';
import { lineMaker, type OwnLine } from './own-line.ts';

const levels = {
  log: 'info',
  info: 'info',
  warn: 'warn',
  error: 'error',
  debug: 'debug',
  trace: 'trace',
} as const satisfies Record<string, OwnLine['level']>;

type Method = keyof typeof levels;

/** How deep the causes of an error are followed. */
const mostCauses = 3;

/**
 * What the service tells by `console.log` and its kin becomes JSON lines, on the stream where it went before, and is
 * handed on. What cannot be made a line is written as it was. `console.table`, `count`, `group` and `timeEnd` speak
 * through these methods, and become lines with them; `console.dir` does not, and stays as it is.
 */
export function consoleAsJson(
  console: Console,
  tools: Pick<Tools, 'settings' | 'recorder' | 'lines' | 'metrics'>,
): void {
  const line = lineMaker(tools.settings);
  const counted = tools.metrics.counter(catalogue.logLines);
  /** Set while a value is made text, which may run code of the service that logs again. */
  let busy = false;

  const toLine = (method: Method, given: unknown[], atMs: number, stack: { stack?: string }): string => {
    busy = true;
    try {
      const context = fragmentOf(tools.recorder.active())?.text ?? '';
      return line({ level: levels[method], atMs, context, ...contentOf(given, stack) });
    } finally {
      busy = false;
    }
  };

  const originals = { ...console };
  for (const method of Object.keys(levels) as Method[]) {
    const series = counted.series({ level: levels[method] });
    // In a group these indent the line, which is the same JSON. `trace` would add a stack of its own.
    const write = originals[method === 'trace' ? 'error' : method];
    const { [method]: replaced } = {
      [method](...given: unknown[]): void {
        const atMs = wallClockMs();
        const text = busy ? undefined : attempt(() => toLine(method, given, atMs, stackAt(method, replaced)));
        if (text === undefined) {
          originals[method].apply(console, given);
          return;
        }
        write.call(console, text);
        attempt(() => {
          series.add(1);
          tools.lines.add(text, atMs);
        });
      },
    };
    console[method] = replaced as Console[Method];
  }
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** The first error is told in parts; in the text all stand without their stacks. */
function contentOf(
  given: readonly unknown[],
  stack: { stack?: string },
): Pick<OwnLine, 'message' | 'fields'> {
  const error = given.find((value) => value instanceof Error);
  const message = error && given.length === 1 ? error.message : format(...given.map(withoutStack));
  return { message, fields: { ...stack, ...(error && { err: describe(error, mostCauses) }) } };
}

function withoutStack(value: unknown): unknown {
  return value instanceof Error ? `${value.name}: ${value.message}` : value;
}

/** As pino writes an error: `type`, `message`, `stack`. */
function describe(error: Error, causes: number): object {
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    type: name,
    message,
    stack,
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(cause instanceof Error && causes > 0 && { cause: describe(cause, causes - 1) }),
  };
}

/** Where `console.trace` was called, from below `own` on. */
function stackAt(method: Method, own: unknown): { stack?: string } {
  if (method !== 'trace') return {};
  const here = { name: 'Trace', stack: '' };
  Error.captureStackTrace(here, own as () => void);
  return { stack: here.stack };
}
