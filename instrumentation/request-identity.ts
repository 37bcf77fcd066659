import { randomUUID } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, OutgoingMessage, type ServerResponse } from 'node:http';
import type { Context, Span, TextMapGetter, TextMapPropagator } from '@opentelemetry/api';
import type { Packages } from './packages.ts';

export interface Identity {
  readonly requestId: string;
  readonly userId: string;
}

export const nobody = 'anonymous';
/** Node takes ids of 15 KB and echoes them; anything else than this is replaced. */
const requestIdForm = /^[A-Za-z0-9._-]{1,128}$/;
/** Visible ASCII: what may stand in a header that is sent on. */
const userIdForm = /^[\x21-\x7e]{1,128}$/;

/** Who asks, from what the caller sent: a request id that can be used or a new one, a user or `anonymous`. */
export function identify(requestId: unknown, userId: unknown): Identity {
  return {
    requestId: typeof requestId === 'string' && requestIdForm.test(requestId) ? requestId : randomUUID(),
    userId: typeof userId === 'string' && userIdForm.test(userId) ? userId : nobody,
  };
}

/** Carries the identity of a request from its headers through the context to its answer, spans, lines and calls. */
export class Requests {
  readonly #packages: Packages;
  readonly #key: symbol;
  /** Reads the headers of incoming requests. Outgoing ones have hooks, which see what the service itself has set. */
  readonly propagator: TextMapPropagator;

  constructor(packages: Packages) {
    this.#packages = packages;
    this.#key = packages.api.createContextKey('request identity');
    this.propagator = {
      inject: () => {},
      extract: (context, carrier, getter) => this.#extract(context, carrier, getter),
      fields: () => [],
    };
  }

  current(): Identity | undefined {
    return this.#packages.api.context.active().getValue(this.#key) as Identity | undefined;
  }

  /** For the http instrumentation, which has one hook for both directions. */
  onHttpRequest(span: Span, request: ClientRequest | IncomingMessage): void {
    if (request instanceof OutgoingMessage) this.#forward(request as ClientRequest);
    else this.#mark(span);
  }

  /** Set before the service runs, so that it is there whatever the service answers with, and may replace it. */
  onHttpResponse(response: IncomingMessage | ServerResponse): void {
    const identity = this.current();
    if (identity && response instanceof OutgoingMessage)
      response.setHeader('X-Request-ID', identity.requestId);
  }

  /** What a call to elsewhere says of who asked; nothing outside a request. */
  headers(): [name: string, value: string][] {
    const identity = this.current();
    if (!identity) return [];
    const { requestId, userId } = identity;
    return [
      ['x-request-id', requestId],
      ...(userId === nobody ? [] : [['x-user-id', userId] as [string, string]]),
    ];
  }

  #extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    return context.setValue(
      this.#key,
      identify(getter.get(carrier, 'x-request-id'), getter.get(carrier, 'x-user-id')),
    );
  }

  #mark(span: Span): void {
    const identity = this.current();
    if (identity) span.setAttributes({ 'request.id': identity.requestId, 'user.id': identity.userId });
  }

  #forward(request: ClientRequest): void {
    if (request.headersSent) return;
    for (const [name, value] of this.headers()) if (!request.hasHeader(name)) request.setHeader(name, value);
  }
}
