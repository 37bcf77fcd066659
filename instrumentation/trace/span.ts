import type {
  Attributes,
  AttributeValue,
  Exception,
  HrTime,
  Link,
  SpanContext,
  SpanKind,
  SpanStatus,
  TimeInput,
} from '@opentelemetry/api';
import type { AttributeBlock } from '../wire/attribute-block.ts';
import { errorType } from './error-type.ts';
import type { Id, Ids } from './ids.ts';
import type { OpenSpan } from './recorder.ts';
import type { Sampler } from './sampler.ts';

/** What happens with a span when it ends, and what all spans share. */
export interface SpanHost {
  readonly mostAttributes: number;
  /** Whether spans go anywhere: if not, they carry ids, and nothing is put into them. */
  readonly isRecording: boolean;
  readonly ids: Ids;
  readonly sampler: Sampler;
  nowMs(): number;
  ended(span: RecordedSpan): void;
}

/** What is added to a line that is written within a span: JSON members, each with a comma before it. */
export interface Fragment {
  readonly text: string;
  without(given: (name: string) => boolean): string;
}

export interface SpanEvent {
  readonly atMs: number;
  readonly name: string;
  readonly attributes: Attributes;
}

/** What a span stands below. */
export interface Parent {
  readonly trace: Id;
  readonly id: Id;
  readonly isChosen: boolean;
  readonly isRemote: boolean;
}

/** `SpanStatusCode.ERROR` */
const failed = 2;
/** Of events and of links: what OpenTelemetry takes as a default. */
const mostOfAKind = 128;

/** Shared by all spans that have none of their own. */
const none: (string | AttributeValue)[] = [];

/** A span, from its start until it is encoded at its end. */
export class RecordedSpan implements OpenSpan {
  name: string;
  readonly kind: SpanKind;
  readonly trace: Id;
  readonly id: Id;
  readonly sampled: boolean;
  readonly parent: Parent | undefined;
  readonly startMs: number;
  /** Name and version of what made it; our own hooks share one, which is empty here. */
  readonly scope: string;
  endMs = 0;
  /** Key, value, key, value, … */
  attributes: (string | AttributeValue)[] = none;
  shared: AttributeBlock | undefined = undefined;
  events: SpanEvent[] | undefined = undefined;
  links: Link[] | undefined = undefined;
  status: SpanStatus | undefined = undefined;
  droppedAttributes = 0;
  /** Kept here by who writes lines: a request often writes several. */
  inLines: Fragment | undefined = undefined;
  readonly #host: SpanHost;
  /** What those who are called are told; it says nothing of where the spans of this process go. */
  readonly isChosen: boolean;
  #context: SpanContext | undefined = undefined;

  constructor(
    name: string,
    kind: SpanKind,
    parent: Parent | undefined,
    startMs: number,
    scope: string,
    host: SpanHost,
  ) {
    this.name = name;
    this.kind = kind;
    this.trace = parent ? parent.trace : host.ids.traceId();
    this.id = host.ids.spanId();
    this.isChosen = host.sampler(this.trace, parent);
    this.sampled = this.isChosen && host.isRecording;
    this.parent = parent;
    this.startMs = startMs;
    this.scope = scope;
    this.#host = host;
  }

  get traceId(): string {
    return this.trace.hex;
  }

  get spanId(): string {
    return this.id.hex;
  }

  /** As a parent, it is here. */
  get isRemote(): boolean {
    return false;
  }

  spanContext(): SpanContext {
    this.#context ??= {
      traceId: this.traceId,
      spanId: this.spanId,
      traceFlags: this.isChosen ? 1 : 0,
      isRemote: false,
    };
    return this.#context;
  }

  isRecording(): boolean {
    return this.sampled && this.endMs === 0;
  }

  put(key: string, value: AttributeValue): void {
    if (this.attributes === none) this.attributes = [key, value];
    else if (this.attributes.length / 2 < this.#host.mostAttributes) this.attributes.push(key, value);
    else this.droppedAttributes++;
  }

  share(block: AttributeBlock): void {
    this.shared = block;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (!this.isRecording() || value === undefined || value === null || !key) return this;
    for (let at = 0; at < this.attributes.length; at += 2) {
      if (this.attributes[at] !== key) continue;
      this.attributes[at + 1] = value;
      return this;
    }
    this.put(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const [key, value] of Object.entries(attributes)) this.setAttribute(key, value as AttributeValue);
    return this;
  }

  addEvent(name: string, attributes?: Attributes | TimeInput, time?: TimeInput): this {
    if (!this.isRecording()) return this;
    const given = isTime(attributes) ? { at: attributes, of: {} } : { at: time, of: attributes ?? {} };
    this.events ??= [];
    if (this.events.length < mostOfAKind)
      this.events.push({ atMs: this.#toMs(given.at), name, attributes: given.of });
    return this;
  }

  addLink(link: Link): this {
    return this.addLinks([link]);
  }

  addLinks(links: Link[]): this {
    if (!this.isRecording()) return this;
    this.links ??= [];
    this.links.push(...links.slice(0, mostOfAKind - this.links.length));
    return this;
  }

  setStatus(status: SpanStatus): this {
    if (this.isRecording()) this.status = status;
    return this;
  }

  updateName(name: string): this {
    if (this.isRecording()) this.name = name;
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const { name, code, message, stack } = Object(exception) as Record<string, unknown>;
    const type = String(name ?? code ?? typeof exception);
    this.addEvent(
      'exception',
      {
        'exception.type': type,
        'exception.message': String(message ?? exception),
        ...(typeof stack === 'string' && { 'exception.stacktrace': stack }),
      },
      time,
    );
  }

  fail(error: unknown, type?: string): void {
    if (!this.isRecording()) return;
    const { message } = Object(error) as Record<string, unknown>;
    this.put('error.type', type ?? errorType(error));
    this.status = { code: failed, message: String(message ?? error) };
    this.recordException(error as Exception);
  }

  end(time?: TimeInput): void {
    if (this.endMs !== 0) return;
    this.endMs = Math.max(this.#toMs(time), this.startMs);
    this.#host.ended(this);
    // Who still holds the span (an exemplar, a library that keeps its commands) does not need this any more.
    this.inLines = undefined;
  }

  finish(): number {
    this.end();
    return this.endMs - this.startMs;
  }

  #toMs(time: TimeInput | undefined): number {
    if (time === undefined) return this.#host.nowMs();
    return toMs(time);
  }
}

function isTime(value: unknown): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || Array.isArray(value);
}

/** A number is epoch milliseconds, or of `performance.now()` when it is less than the process's own start. */
export function toMs(time: TimeInput): number {
  if (Array.isArray(time)) return (time as HrTime)[0] * 1e3 + (time as HrTime)[1] / 1e6;
  if (time instanceof Date) return time.getTime();
  return time < performance.timeOrigin ? performance.timeOrigin + time : time;
}
