import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { harmless } from '../harmless.ts';
import { safeUrl } from '../mask/url.ts';
import { catalogue } from '../metrics/catalogue.ts';
import { isOwn } from '../own-requests.ts';
import { api } from '../trace/api.ts';
import { errorType } from '../trace/error-type.ts';
import type { OpenSpan } from '../trace/recorder.ts';
import { methodOf, nameOf } from './http-method.ts';
import { isOurs, outgoingHeaders } from './outgoing.ts';
import { RequestMetrics } from './request-metrics.ts';
import type { Tools, Watcher } from './watcher.ts';

/** Calls by node:http and node:https, by Node's own channels: nothing is patched, and the last listener is ours. */
export const httpClient: Watcher = {
  library: 'node:http (client)',
  start(tools) {
    const calling = new Calling(tools);
    on('http.client.request.created', (request) => calling.begin(request));
    on('http.client.request.error', (request, error) => calling.fail(request, error));
  },
};

function on(channel: string, tell: (request: ClientRequest, error: unknown) => void): void {
  const listener = harmless(`watching ${channel}`, (message: unknown) => {
    const { request, error } = message as { request: ClientRequest; error?: unknown };
    if (!isOwn(request)) tell(request, error);
  });
  subscribe(channel, listener);
}

class Calling {
  readonly #tools: Tools;
  readonly #metrics: RequestMetrics;
  readonly #failed = new WeakMap<ClientRequest, unknown>();

  constructor(tools: Tools) {
    this.#tools = tools;
    this.#metrics = new RequestMetrics(tools.metrics.histogram(catalogue.httpClientDuration));
  }

  begin(request: ClientRequest): void {
    const { recorder } = this.#tools;
    const method = methodOf(request.method);
    const span = recorder.start(nameOf(method), api.SpanKind.CLIENT);
    // Headers that were given as a list are written already; such a call goes without.
    if (!request.headersSent)
      for (const [name, value] of outgoingHeaders(span, this.#tools.current()))
        if (isOurs(name, request.getHeader(name))) request.setHeader(name, value);
    // Also when it failed or was given up: the last thing that a request tells.
    const end = harmless('ending the span of a call', () => this.#end(request, method, span));
    request.once('close', end);
  }

  fail(request: ClientRequest, error: unknown): void {
    this.#failed.set(request, error);
  }

  #end(request: ClientRequest, method: string, span: OpenSpan): void {
    const scheme = request.protocol.replace(':', '');
    const status = (request as { res?: { statusCode?: number } }).res?.statusCode ?? 0;
    const host = request.host;
    const error = this.#failed.get(request);
    const port = portOf(request, scheme, error);
    const failure = status > 0 ? undefined : errorType(error);
    const kind = this.#metrics.kind({ method, status, failure, scheme, host, port });
    if (span.sampled) {
      span.share(kind.block);
      span.put('url.full', safeUrl(`${scheme}://${host}:${port}${request.path}`));
      if (error !== undefined) span.fail(error);
      else if (failure) span.put('error.type', failure);
      else if (status >= 400) span.setStatus({ code: api.SpanStatusCode.ERROR });
    }
    kind.duration.record(span.finish() / 1000, span.sampled ? span : undefined);
  }
}

/** Of the one who is asked: as it was connected to, or tried; else as it was named. */
function portOf(request: ClientRequest, scheme: string, error: unknown): number {
  const { port: tried } = Object(error) as { port?: unknown };
  const [, named] = /:(\d+)$/.exec(String(request.getHeader('host') ?? '')) ?? [];
  return request.socket?.remotePort ?? (Number(tried ?? named) || (scheme === 'https' ? 443 : 80));
}
