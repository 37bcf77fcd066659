import { complain, reason } from '../complain.ts';
import { harmless } from '../harmless.ts';
import { fragmentOf } from '../logs/fragment.ts';
import { catalogue } from '../metrics/catalogue.ts';
import type { CounterSeries, Metrics } from '../metrics/metric.ts';
import { wallClockMs } from '../trace/clock.ts';
import type { Tools, Watcher } from './watcher.ts';

/** pino's `asJson`: a line of what was logged, with the line break. `time`: a member of JSON; `this`: the logger. */
type AsJson = (this: object, fields: object, message: unknown, level: number, time: string) => string;

const contextNames = ['request_id', 'user_id', 'trace_id', 'span_id'] as const;
const originNames = ['service', 'version'] as const;
const allNames: ReadonlySet<string> = new Set([...originNames, ...contextNames]);

/**
 * The lines that a service writes through pino: what is missing is added, and each is handed on. pino's own way of adding
 * (`mixin`) would build and serialize an object for each line.
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
  const originText = origin.service + origin.version;
  const loggers = new Loggers();
  const counted = new LevelCounts(tools.metrics);
  let told = false;

  /** Members of JSON that this line lacks. */
  const missing = ({ own }: Known, fields: object): string => {
    const fragment = fragmentOf(tools.recorder.active());
    if (own.size === 0 && !hasOurs(fields)) return originText + (fragment?.text ?? '');
    const given = (name: string) => own.has(name) || name in fields;
    const members = originNames.filter((name) => !given(name)).map((name) => origin[name]);
    return members.join('') + (fragment?.without(given) ?? '');
  };

  const tell = harmless('handing on a log line', (level: number, line: string, { messageKey }: Known) => {
    counted.add(level);
    const isOurs = isKnown(messageKey) && line.startsWith('{"level":');
    tools.lines.add(isOurs ? line : inOurNames(messageKey, level, line), wallClockMs());
  });

  return function (this: object, fields, message, level, time) {
    let known: Known | undefined;
    let added = '';
    try {
      known = loggers.of(this);
      added = missing(known, fields);
    } catch (error) {
      if (!told) complain(`a log line could not be completed (told once; it was written): ${reason(error)}`);
      told = true;
    }
    // Behind the time and before all else: what is added to the line afterwards would copy it once more.
    const line = original.call(this, fields, message, level, time + added);
    if (known) tell(level, line, known);
    return line;
  };
}

/** Whether a field has a name of ours: looked for as pino looks for fields, which is quicker than to ask for each name. */
function hasOurs(fields: object): boolean {
  for (const name in fields) if (allNames.has(name)) return true;
  return false;
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

/** With the level and the message under names that the sender knows. */
function inOurNames(messageKey: string, level: number, line: string): string {
  const at = isKnown(messageKey) ? -1 : line.lastIndexOf(`,"${messageKey}":`);
  const told = at < 0 ? line : `${line.slice(0, at)},"message":${line.slice(at + messageKey.length + 4)}`;
  return told.startsWith('{"level":') ? told : `{"level":${level},${told.slice(1)}`;
}

interface Known {
  /** Names of ours that the logger itself gives to each of its lines. */
  readonly own: ReadonlySet<string>;
  readonly messageKey: string;
}

/** What is asked of loggers: it stands under symbols that are private to each copy of pino. */
class Loggers {
  readonly #known = new Map<string, Known>();
  #bindings: symbol | undefined;
  #messageKey: symbol | undefined;
  #last = { bindings: '', messageKey: '', known: undefined as Known | undefined };

  of(logger: object): Known {
    this.#bindings ??= symbolOf(logger, 'pino.chindings');
    this.#messageKey ??= symbolOf(logger, 'pino.messageKey');
    const bindings = textAt(logger, this.#bindings, '');
    const messageKey = textAt(logger, this.#messageKey, 'msg');
    const last = this.#last;
    // Most lines come from the logger of the line before, and its texts are the same objects.
    if (last.known && last.bindings === bindings && last.messageKey === messageKey) return last.known;
    const known = this.#lookUp(bindings, messageKey);
    this.#last = { bindings, messageKey, known };
    return known;
  }

  #lookUp(bindings: string, messageKey: string): Known {
    const key = `${messageKey} ${bindings}`;
    let known = this.#known.get(key);
    if (!known) {
      known = { messageKey, own: new Set([...allNames].filter((name) => bindings.includes(`,"${name}":`))) };
      // Child loggers of single requests have bindings of their own: old ones are let go.
      if (this.#known.size >= 1000) this.#known.clear();
      this.#known.set(key, known);
    }
    return known;
  }
}

function textAt(logger: object, symbol: symbol | undefined, otherwise: string): string {
  const text = symbol && (logger as Record<symbol, unknown>)[symbol];
  return typeof text === 'string' ? text : otherwise;
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
