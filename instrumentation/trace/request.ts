import type { Context } from '@opentelemetry/api';
import { linked } from './contexts.ts';
import type { Identity } from './identity.ts';
import type { OpenSpan } from './recorder.ts';
import { spanKey } from './tracing.ts';

/** A request that the service is answering. */
export interface CurrentRequest extends Identity {
  /** The pattern that matched (`/memories/:id`), never the raw path; set by whoever knows the framework. */
  route: string | undefined;
  /** The server span. */
  readonly span: OpenSpan;
}

const requestKey = Symbol('request');

/** The context in which a request is served: it knows the request and its span, and nothing that a caller sent. */
export class RequestContext implements Context {
  readonly #request: CurrentRequest;

  constructor(request: CurrentRequest) {
    this.#request = request;
  }

  getValue(key: symbol): unknown {
    if (key === spanKey) return this.#request.span;
    return key === requestKey ? this.#request : undefined;
  }

  setValue(key: symbol, value: unknown): Context {
    return linked(this, key, value);
  }

  deleteValue(key: symbol): Context {
    return linked(this, key, undefined);
  }
}

export function requestIn(context: Context): CurrentRequest | undefined {
  return context.getValue(requestKey) as CurrentRequest | undefined;
}
