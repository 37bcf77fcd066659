import { complain, reason } from '../complain.ts';
import { fragmentOf } from '../logs/fragment.ts';
import { catalogue } from '../metrics/catalogue.ts';
import type { CounterSeries, Metrics } from '../metrics/metric.ts';
import { wallClockMs } from '../trace/clock.ts';
import type { Tools, Watcher } from './watcher.ts';

/** pino's `asJson`: makes a line of what was logged, with the line break. `this` is the logger. */
type AsJson = (this: object, fields: object, message: unknown, level: number, time: string) => string;

const contextNames = ['request_id', 'user_id', 'trace_id', 'span_id'] as const;
const originNames = ['service', 'version'] as const;

/**
 * The lines that a service writes through pino: what is missing is added at their end, and each is handed on. pino's
 * own way of adding (`mixin`) would build and serialize an object for each line.
 */
export const pino: Watcher = {
  library: 'pino',
  files: [
    {
      path: /^lib\/tools\.js$/,
      patch(exported: { asJson: AsJson }, tools) {
        exported.asJson = watchLines(exported.asJson, tools);
      },
    },
  ],
};

function watchLines(original: AsJson, tools: Tools): AsJson {
  const origin = {
    service: `,"service":${JSON.stringify(tools.settings.service)}`,
    version: `,"version":${JSON.stringify(tools.settings.version)}`,
  };
  const loggers = new Loggers();
  const counted = new LevelCounts(tools.metrics);
  let told = false;

  const complete = (logger: object, fields: object, level: number, line: string): string => {
    const end = line.lastIndexOf('}');
    if (end < 0) return line;
    const given = (name: string) =>
      (fields !== null && name in fields) || loggers.bindingsOf(logger).has(name);
    let added = '';
    for (const name of originNames) if (!given(name)) added += origin[name];
    const fragment = fragmentOf(tools.recorder.active());
    if (fragment) {
      if (contextNames.some(given)) added += fragment.without(given);
      else added += fragment.text;
    }
    const text = line.slice(0, end) + added;
    tools.lines.add(`${inOurNames(logger, level, line, end)}${added}}`, wallClockMs());
    return text + line.slice(end);
  };

  /** `line` without its end, with the level and the message under names that the sender knows. */
  const inOurNames = (logger: object, level: number, line: string, end: number): string => {
    const key = loggers.messageKeyOf(logger);
    const at = isKnown(key) ? -1 : line.lastIndexOf(`,"${key}":`);
    const told =
      at < 0 ? line.slice(0, end) : `${line.slice(0, at)},"message":${line.slice(at + key.length + 4, end)}`;
    return told.startsWith('{"level":') ? told : `${told},"level":${level}`;
  };

  return function (this: object, fields, message, level, time) {
    const line = original.call(this, fields, message, level, time);
    try {
      counted.add(level);
      return complete(this, fields, level, line);
    } catch (error) {
      if (!told) complain(`a log line could not be completed (told once; it was written): ${reason(error)}`);
      told = true;
      return line;
    }
  };
}

/** pino's levels are numbers: https://getpino.io/#/docs/api?id=loggerlevels-object */
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

class LevelCounts {
  readonly #series: readonly CounterSeries[];

  constructor(metrics: Metrics) {
    const lines = metrics.counter(catalogue.logLines);
    this.#series = levels.map((level) => lines.series({ level }));
  }

  /** A level of the service's own counts as the next one below. */
  add(level: number): void {
    const index = Math.min(Math.max(Math.floor(level / 10) - 1, 0), levels.length - 1);
    this.#series[index]?.add(1);
  }
}

/** What is asked of loggers: it stands under symbols that are private to each copy of pino. */
class Loggers {
  readonly #known = new Map<string, ReadonlySet<string>>();
  #bindings: symbol | undefined;
  #messageKey: symbol | undefined;

  /** Names of ours that the logger itself gives to each of its lines. */
  bindingsOf(logger: object): ReadonlySet<string> {
    this.#bindings ??= symbolOf(logger, 'pino.chindings');
    const text = this.#bindings ? String(Reflect.get(logger, this.#bindings)) : '';
    let names = this.#known.get(text);
    if (!names) {
      names = new Set([...contextNames, ...originNames].filter((name) => text.includes(`,"${name}":`)));
      // Child loggers of single requests have bindings of their own: old ones are let go.
      if (this.#known.size >= 1000) this.#known.clear();
      this.#known.set(text, names);
    }
    return names;
  }

  messageKeyOf(logger: object): string {
    this.#messageKey ??= symbolOf(logger, 'pino.messageKey');
    return this.#messageKey ? String(Reflect.get(logger, this.#messageKey)) : 'msg';
  }
}

function isKnown(messageKey: string): boolean {
  return messageKey === 'msg' || messageKey === 'message';
}

function symbolOf(logger: object | null, description: string): symbol | undefined {
  for (let at = logger; at; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertySymbols(at).find((symbol) => symbol.description === description);
    if (found) return found;
  }
  return undefined;
}
