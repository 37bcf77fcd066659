import type { Context } from '@opentelemetry/api';
import { harmless } from '../harmless.ts';
import { maskDatabaseError, type SqlTemplate, sqlTemplate } from '../mask/sql-template.ts';
import { catalogue } from '../metrics/catalogue.ts';
import type { HistogramMetric, HistogramSeries } from '../metrics/metric.ts';
import { api } from '../trace/api.ts';
import { errorType } from '../trace/error-type.ts';
import type { OpenSpan } from '../trace/recorder.ts';
import { AttributeBlock } from '../wire/attribute-block.ts';
import { passedOn } from './passed-on.ts';
import { PgPools, poolName } from './pg-pools.ts';
import type { Tools, Watcher } from './watcher.ts';

type Callback = (error: unknown, ...rest: unknown[]) => void;

/** What is used of pg's Client. */
interface Client {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  query(config: unknown, values?: unknown, callback?: unknown): unknown;
  connect(callback?: unknown): unknown;
}

/** `pg.Query` and every query object that a client takes as it is. */
interface Submittable {
  readonly text?: string;
  submit?(connection: unknown): unknown;
  callback?: Callback;
  handleError?(error: unknown, ...rest: unknown[]): unknown;
  once?(event: 'end', listener: () => void): unknown;
}

/** What tells of the end of a query. */
interface Watched {
  end(error: unknown): void;
  /** A callback that tells of it first. */
  ending(callback: Callback): Callback;
}

export const pg: Watcher = {
  library: 'pg',
  files: [
    {
      path: /^lib\/client\.js$/,
      patch(exported: { prototype: Client }, tools) {
        new Queries(tools).patch(exported.prototype);
      },
    },
  ],
};

export const pgPool: Watcher = {
  library: 'pg-pool',
  partOf: 'pg',
  files: [
    {
      path: /^index\.js$/,
      patch(exported: never, tools) {
        new PgPools(tools).patch(exported);
      },
    },
  ],
};

/** What queries with the same statement on the same client have in common. */
interface Kind {
  readonly duration: HistogramSeries;
  readonly block: AttributeBlock;
}

/** A service that puts values into its statements' names makes ever new ones: old ones are let go. */
const mostKinds = 500;

class Queries {
  readonly #tools: Tools;
  readonly #duration: HistogramMetric;
  readonly #kinds = new WeakMap<Client, Map<string, Kind>>();

  constructor(tools: Tools) {
    this.#tools = tools;
    this.#duration = tools.metrics.histogram(catalogue.dbDuration);
  }

  patch(prototype: Client): void {
    const { query, connect } = prototype;
    const queries = this;
    prototype.query = function (this: Client, config, values, callback) {
      return queries.#query(this, query, config, values, callback);
    };
    prototype.connect = function (this: Client, callback) {
      return queries.#connect(this, connect, callback);
    };
  }

  #query(
    client: Client,
    query: Client['query'],
    config: unknown,
    values: unknown,
    callback: unknown,
  ): unknown {
    const watched = this.#begin(client, config);
    if (!watched) return query.call(client, config, values, callback);
    const { end, ending } = watched;
    if (typeof values === 'function') return query.call(client, config, ending(values as Callback), callback);
    if (typeof callback === 'function')
      return query.call(client, config, values, ending(callback as Callback));
    const object = config as Submittable;
    if (typeof object.submit === 'function') {
      watchObject(object, watched);
      return query.call(client, config, values, callback);
    }
    if (typeof object.callback === 'function') {
      // The caller may use the same object again: it is not written to.
      const value = ending(object.callback);
      const own = Object.create(object, { callback: { value, writable: true, enumerable: true } });
      return query.call(client, own, values, callback);
    }
    return passedOn(query.call(client, config, values, callback), end);
  }

  /** Nothing when it is no query: pg itself throws then. Never throws. */
  #begin(client: Client, config: unknown): Watched | undefined {
    try {
      const text = textOf(config);
      if (text === undefined) return undefined;
      const { recorder } = this.#tools;
      const template = sqlTemplate(text);
      const span = recorder.start(template.summary, api.SpanKind.CLIENT);
      const context = recorder.active();
      const end = (error: unknown) => this.#end(span, client, template, error);
      return { end, ending: (given) => this.#ending(context, given, end) };
    } catch (error) {
      this.#tell(error);
      return undefined;
    }
  }

  #connect(client: Client, connect: Client['connect'], callback: unknown): unknown {
    const { recorder } = this.#tools;
    const span = recorder.start('pg.connect', api.SpanKind.CLIENT);
    const end = (error: unknown) => this.#endConnect(span, client, error);
    if (typeof callback === 'function')
      return connect.call(client, this.#ending(recorder.active(), callback as Callback, end));
    return passedOn(connect.call(client, callback), end);
  }

  /** Ends the span, then goes on where the caller was: a socket belongs to whoever opened it. */
  #ending(context: Context, callback: Callback, end: (error: unknown) => void): Callback {
    const { recorder } = this.#tools;
    return function (this: unknown, error, ...rest) {
      end(error);
      recorder.with(context, () => callback.call(this, error, ...rest));
    };
  }

  readonly #end = harmless(
    'ending the span of a query',
    (span: OpenSpan, client: Client, template: SqlTemplate, error: unknown) => {
      const code = error ? errorType(error) : '';
      const { block, duration } = this.#kindOf(template, client, code);
      if (span.sampled) span.share(block);
      if (error) this.#fail(span, error, code);
      duration.record(span.finish() / 1000, span.sampled ? span : undefined);
    },
  );

  readonly #endConnect = harmless(
    'ending the span of a connection',
    (span: OpenSpan, client: Client, error: unknown) => {
      span.share(new AttributeBlock(describe(client)));
      if (error) this.#fail(span, error, errorType(error));
      this.#tools.metrics
        .histogram(catalogue.dbConnectDuration)
        .series({ 'db.client.connection.pool.name': poolName(client) })
        .record(span.finish() / 1000, span);
    },
  );

  readonly #tell = harmless('watching a query', (error: unknown) => {
    throw error;
  });

  #fail(span: OpenSpan, error: unknown, code: string): void {
    const { message, stack, name } = Object(error) as Error;
    const masked = maskDatabaseError(String(message ?? error));
    if (code !== name && span.sampled) span.put('db.response.status_code', code);
    span.fail({ name, message: masked, stack: frames(stack) }, code);
    if (isConnectionError(code))
      this.#tools.metrics.counter(catalogue.databaseErrors).series({ 'error.type': code }).add(1);
  }

  /** Kept at the client, of which a service has few, by the statement, of which it has few too. */
  #kindOf(template: SqlTemplate, client: Client, code: string): Kind {
    let kinds = this.#kinds.get(client);
    if (!kinds || kinds.size >= mostKinds) {
      kinds = new Map();
      this.#kinds.set(client, kinds);
    }
    const key = code ? `${code} ${template.text}` : template.text;
    let kind = kinds.get(key);
    if (!kind) {
      kind = this.#makeKind(template, client, code);
      kinds.set(key, kind);
    }
    return kind;
  }

  #makeKind({ operation, target, summary, text }: SqlTemplate, client: Client, code: string): Kind {
    const known = {
      'db.system.name': 'postgresql',
      'db.operation.name': operation,
      ...(target !== undefined && { 'db.collection.name': target }),
      ...(client.database && { 'db.namespace': client.database }),
    };
    return {
      duration: this.#duration.series({ ...known, ...(code && { 'error.type': code }) }),
      block: new AttributeBlock({
        ...describe(client),
        ...known,
        'db.query.summary': summary,
        'db.query.text': text,
      }),
    };
  }
}

/** https://opentelemetry.io/docs/specs/semconv/database/postgresql/ */
function describe({ host, port, database }: Client): Record<string, string | number> {
  return {
    'db.system.name': 'postgresql',
    ...(database && { 'db.namespace': database }),
    ...(host && { 'server.address': host }),
    ...(port && { 'server.port': port }),
  };
}

/** The statement; nothing for what is not a query (pg itself throws then). */
function textOf(config: unknown): string | undefined {
  if (typeof config === 'string') return config;
  const { text } = Object(config) as Submittable;
  return typeof text === 'string' ? text : undefined;
}

/** A query object has a callback, or tells of its end by an event and of its failure by a call. */
function watchObject(object: Submittable, { end, ending }: Watched): void {
  if (watchedObjects.has(object)) return;
  watchedObjects.add(object);
  if (typeof object.callback === 'function') {
    object.callback = ending(object.callback);
    return;
  }
  const { handleError } = object;
  if (handleError)
    object.handleError = function (this: unknown, error, ...rest) {
      end(error);
      return handleError.call(this, error, ...rest);
    };
  object.once?.('end', () => end(undefined));
}

const watchedObjects = new WeakSet<Submittable>();

/**
 * The connection failed, not the query: a socket's error, SQLSTATE class 08, too many connections (53300), or the server
 * going (57P01 to 57P03). https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
function isConnectionError(code: string): boolean {
  return /^(E[A-Z_]+|08\w{3}|53300|57P0[123])$/.test(code);
}

/** A stack begins with the message, which holds values. */
function frames(stack: unknown): string {
  return typeof stack === 'string' ? (stack.match(/^\s+at .*$/gm)?.join('\n') ?? '') : '';
}
