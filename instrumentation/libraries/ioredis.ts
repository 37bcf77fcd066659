import { harmless } from '../harmless.ts';
import { redisCommand } from '../mask/redis-key.ts';
import { catalogue } from '../metrics/catalogue.ts';
import type { CounterMetric, CounterSeries, HistogramMetric, HistogramSeries } from '../metrics/metric.ts';
import { api } from '../trace/api.ts';
import type { OpenSpan } from '../trace/recorder.ts';
import { spanKey } from '../trace/tracing.ts';
import { AttributeBlock } from '../wire/attribute-block.ts';
import { passedOn } from './passed-on.ts';
import { RedisMemory } from './redis-memory.ts';
import type { Tools, Watcher } from './watcher.ts';

/** What is used of ioredis' Command. */
interface Command {
  readonly name: string;
  readonly args: readonly unknown[];
  resolve(reply: unknown): void;
  reject(error: unknown): void;
  [watched]?: true;
}

/** What is used of its Redis, from version 4 on. */
interface Redis {
  readonly status: string;
  readonly options: { host?: string; port?: number; db?: number };
  sendCommand(command: Command, stream?: unknown): unknown;
  info(section: string): Promise<string>;
  connect(callback?: unknown): unknown;
}

const watched = Symbol('watched');
/** Reads of which a null in the reply says that there was nothing. */
const reads = new Set([
  'get',
  'getbuffer',
  'mget',
  'mgetbuffer',
  'hget',
  'hgetbuffer',
  'hmget',
  'getex',
  'getdel',
]);

/** What ioredis says by itself on a connection before it is ready (its `HANDSHAKE_COMMANDS`). */
const handshake = new Set(['auth', 'hello', 'select', 'client', 'readonly', 'info']);

export const ioredis: Watcher = {
  library: 'ioredis',
  files: [
    {
      path: /^built\/(Redis|redis\/index)\.js$/,
      patch(exported: { default: { prototype: Redis } }, tools) {
        new Commands(tools).patch(exported.default.prototype);
      },
    },
  ],
};

interface Series {
  /** The name of the span. */
  readonly operation: string;
  readonly duration: HistogramSeries;
  readonly failed: CounterSeries;
}

class Commands {
  readonly #tools: Tools;
  readonly #duration: HistogramMetric;
  readonly #errors: CounterMetric;
  readonly #series = new Map<string, Series>();
  readonly #memory: RedisMemory;
  readonly #servers = new WeakMap<Redis, Server>();
  readonly #reads: { hit: CounterSeries; miss: CounterSeries };

  constructor(tools: Tools) {
    this.#tools = tools;
    this.#duration = tools.metrics.histogram(catalogue.dbDuration);
    const outcomes = tools.metrics.counter(catalogue.redisReads);
    this.#errors = tools.metrics.counter(catalogue.redisErrors);
    this.#memory = new RedisMemory(tools.metrics);
    this.#reads = {
      hit: outcomes.series({ outcome: 'hit' }),
      miss: outcomes.series({ outcome: 'miss' }),
    };
  }

  patch(prototype: Redis): void {
    const { sendCommand, connect } = prototype;
    const commands = this;
    prototype.sendCommand = function (this: Redis, command, stream) {
      commands.#begin(this, command);
      return sendCommand.call(this, command, stream);
    };
    const connecting = this.#tools.metrics.histogram(catalogue.redisConnect).series({});
    prototype.connect = function (this: Redis, callback) {
      const startMs = performance.now();
      const end = () => connecting.record((performance.now() - startMs) / 1000);
      return passedOn(connect.call(this, callback), end);
    };
  }

  /** A command that waits for the connection, or is sent again, comes here more than once. */
  readonly #begin = harmless('watching a Redis command', (redis: Redis, command: Command) => {
    if (command[watched] || (redis.status === 'connect' && handshake.has(command.name))) return;
    command[watched] = true;
    if (this.#memory.isAsking) return;
    const server = this.#serverOf(redis);
    server.follow(command.name);
    const { recorder } = this.#tools;
    const context = recorder.active();
    // What ioredis does by itself, and what nobody waits for, is counted but is no trace of its own.
    const span = context.getValue(spanKey)
      ? recorder.start(this.#seriesOf(command.name).operation, api.SpanKind.CLIENT, context)
      : undefined;
    const startMs = performance.now();
    const { resolve, reject } = command;
    const call = new Call(command, { server, startMs, span, resolve, reject });
    command.resolve = (reply) => call.end(this.#end, undefined, reply);
    command.reject = (error) => call.end(this.#end, error ?? new Error('rejected'), error);
  });

  readonly #end = harmless(
    'ending the span of a Redis command',
    (name: string, args: readonly unknown[], held: Held, error: unknown, reply: unknown) => {
      const { server, startMs, span } = held;
      const series = this.#seriesOf(name);
      if (span?.sampled) span.share(server.blockOf(name, args));
      if (error !== undefined) {
        series.failed.add(1);
        if (span) fail(span, error);
      } else if (reads.has(name)) this.#countReads(reply);
      const ms = span ? span.finish() : performance.now() - startMs;
      series.duration.record(ms / 1000, span?.sampled ? span : undefined);
    },
  );

  #serverOf(redis: Redis): Server {
    let server = this.#servers.get(redis);
    if (!server) {
      server = new Server(redis);
      this.#servers.set(redis, server);
      const seen = server;
      this.#memory.saw(redis, () => !seen.inTransaction);
    }
    return server;
  }

  #countReads(reply: unknown): void {
    if (!Array.isArray(reply)) {
      this.#reads[reply === null ? 'miss' : 'hit'].add(1);
      return;
    }
    const misses = reply.filter((value) => value === null).length;
    if (misses > 0) this.#reads.miss.add(misses);
    if (misses < reply.length) this.#reads.hit.add(reply.length - misses);
  }

  #seriesOf(name: string): Series {
    let series = this.#series.get(name);
    if (!series) {
      const operation = operationOf(name);
      const attributes = { 'db.system.name': 'redis', 'db.operation.name': operation };
      series = {
        operation,
        duration: this.#duration.series(attributes),
        failed: this.#errors.series(attributes),
      };
      if (this.#series.size < 500) this.#series.set(name, series);
    }
    return series;
  }
}

interface Held {
  readonly server: Server;
  readonly startMs: number;
  readonly span: OpenSpan | undefined;
  readonly resolve: Command['resolve'];
  readonly reject: Command['reject'];
}

type End = (name: string, args: readonly unknown[], held: Held, error: unknown, reply: unknown) => void;

/**
 * A command under way. Commands outlive their reply (until V8 collects its old generation), and so would the whole request
 * that asked: what is held of it is let go with the reply. That halved what each request left in the old generation.
 */
class Call {
  readonly #command: Command;
  #held: Held | undefined;

  constructor(command: Command, held: Held) {
    this.#command = command;
    this.#held = held;
  }

  /** Ends the span, if there is an `error` with it, then tells the caller `outcome`. */
  end(end: End, error: unknown, outcome: unknown): void {
    const command = this.#command;
    const held = this.#held;
    if (!held) return;
    this.#held = undefined;
    command.resolve = held.resolve;
    command.reject = held.reject;
    end(command.name, command.args, held, error, outcome);
    if (error === undefined) command.resolve(outcome);
    else command.reject(outcome);
  }
}

/** A service whose keys have ever new prefixes makes ever new blocks: old ones are let go. */
const mostPrefixes = 200;
/** Redis has some 250 commands. */
const mostNames = 300;

/** One connection of the service, and what its commands have in common. */
class Server {
  readonly #options: Redis['options'];
  /** Between MULTI and EXEC, if they are sent one by one: what is sent then becomes part of it. */
  inTransaction = false;
  readonly #blocks = new Map<string, Map<string, AttributeBlock>>();

  constructor({ options }: Redis) {
    this.#options = options;
  }

  follow(name: string): void {
    if (name === 'multi') this.inTransaction = true;
    else if (name === 'exec' || name === 'discard') this.inTransaction = false;
  }

  /** By the name, and what stands before the last colon of the key: the pattern says no more of it. */
  blockOf(name: string, args: readonly unknown[]): AttributeBlock {
    const key = typeof args[0] === 'string' ? args[0] : '';
    const prefix = key.slice(0, key.lastIndexOf(':') + 1);
    let blocks = this.#blocks.get(prefix);
    if (!blocks) {
      if (this.#blocks.size >= mostPrefixes) this.#blocks.clear();
      blocks = new Map();
      this.#blocks.set(prefix, blocks);
    }
    let block = blocks.get(name);
    if (!block) {
      block = this.#makeBlock(name, args);
      if (blocks.size < mostNames) blocks.set(name, block);
    }
    return block;
  }

  /** https://opentelemetry.io/docs/specs/semconv/database/redis/ */
  #makeBlock(name: string, args: readonly unknown[]): AttributeBlock {
    const { host, port, db = 0 } = this.#options;
    return new AttributeBlock({
      'db.system.name': 'redis',
      'db.operation.name': operationOf(name),
      'db.query.text': redisCommand(name, args),
      'db.namespace': String(db),
      'server.address': host,
      'server.port': port,
    });
  }
}

/** The command alone, also of a name that a caller made up. */
function operationOf(name: string): string {
  const [command = ''] = redisCommand(name, []).split(' ');
  return command.toUpperCase();
}

/**
 * An error that Redis answered with begins with a word of its own (`WRONGTYPE`, `NOAUTH`, `ERR`); what follows may repeat
 * what it was sent. https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
 */
function fail(span: OpenSpan, error: unknown): void {
  const { name, message } = Object(error) as Error;
  if (name !== 'ReplyError') {
    span.fail(error);
    return;
  }
  const [code = 'ERR'] = /^[A-Z]+(?= )/.exec(String(message)) ?? [];
  if (span.sampled) span.put('db.response.status_code', code);
  span.fail({ name, message: code }, code);
}
