import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:net';
import type { SpanContext } from '@opentelemetry/api';
import { net } from '../builtins.ts';
import { complain, reason } from '../complain.ts';
import { safePath, safeQuery } from '../mask/url.ts';
import { catalogue } from '../metrics/catalogue.ts';
import { ownServer } from '../metrics/own-server.ts';
import { api } from '../trace/api.ts';
import { identify } from '../trace/identity.ts';
import type { OpenSpan } from '../trace/recorder.ts';
import { type CurrentRequest, RequestContext } from '../trace/request.ts';
import { readTraceparent } from '../trace/traceparent.ts';
import { methodOf, nameOf, otherMethod } from './http-method.ts';
import { RequestMetrics } from './request-metrics.ts';
import { ResponseIds } from './response-id.ts';
import type { Tools, Watcher } from './watcher.ts';

/**
 * Requests to servers of node:http, node:https and, by their compatibility API, node:http2. All of them are
 * `net.Server`s and tell of a request by emitting `request`; what listens to that runs in the request's context.
 */
export const httpServer: Watcher = {
  library: 'node:http',
  start(tools) {
    const serving = new Serving(tools);
    const emit = net.Server.prototype.emit;
    net.Server.prototype.emit = function (this: Server, ...args: unknown[]) {
      if (!requestEvents.has(args[0]) || ownServer in this) return emit.apply(this, args as never);
      const context = serving.begin(args[1] as IncomingMessage, args[2] as ServerResponse);
      if (!context) return emit.apply(this, args as never);
      return tools.recorder.with(context, () => emit.apply(this, args as never));
    };
  },
};

/** One of them for each request, unless the service hands it on: to another event, or to a server within the server. */
const requestEvents: ReadonlySet<unknown> = new Set(['request', 'checkContinue', 'checkExpectation']);
const watched = Symbol('watched');

class Serving {
  readonly #tools: Tools;
  readonly #metrics: RequestMetrics;
  readonly #paths = new Paths();
  readonly #responseIds = new ResponseIds();
  #told = false;

  constructor(tools: Tools) {
    this.#tools = tools;
    this.#metrics = new RequestMetrics(
      tools.metrics.histogram(catalogue.httpServerDuration),
      tools.metrics.counter(catalogue.httpRequests),
    );
  }

  /** Never throws: without a context the request is served unwatched. */
  begin(request: IncomingMessage, response: ServerResponse): RequestContext | undefined {
    try {
      if (watched in request) return undefined;
      Object.defineProperty(request, watched, { value: true });
      const headers = readHeaders(request.rawHeaders);
      const method = methodOf(request.method);
      const span = this.#tools.recorder.startBelow(nameOf(method), api.SpanKind.SERVER, headers.parent);
      const current: CurrentRequest = {
        ...identify(headers.requestId, headers.userId),
        route: undefined,
        span,
      };
      this.#responseIds.put(response, current.requestId);
      // Read now: a router that is mounted somewhere rewrites it.
      const url = request.url ?? '/';
      // And now: node:http2 takes the connection from a request that is over.
      const scheme = schemeOf(request);
      response.on('close', () => this.#end(current, method, url, scheme, request, response));
      return new RequestContext(current);
    } catch (error) {
      this.#tell(error);
      return undefined;
    }
  }

  #end(
    current: CurrentRequest,
    method: string,
    url: string,
    scheme: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    try {
      const { span, route } = current;
      const status = response.headersSent ? response.statusCode : 0;
      const failure = status === 0 ? 'aborted' : undefined;
      const kind = this.#metrics.kind({
        method,
        route,
        status,
        failure,
        scheme,
        version: request.httpVersion,
      });
      if (route !== undefined) span.name = `${nameOf(method)} ${route}`;
      if (span.sampled) {
        span.share(kind.block);
        this.#describe(span, current, url);
        if (method === otherMethod) span.put('http.request.method_original', request.method ?? '');
        if (failure) span.put('error.type', failure);
        if (failure || status >= 500) span.setStatus({ code: api.SpanStatusCode.ERROR });
      }
      kind.duration.record(span.finish() / 1000, span.sampled ? span : undefined);
      kind.count?.add(1);
    } catch (error) {
      this.#tell(error);
    }
  }

  /** Beside what all requests of a kind share: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server */
  #describe(span: OpenSpan, { requestId, userId, route }: CurrentRequest, url: string): void {
    const query = url.indexOf('?');
    if (route === undefined) span.put('url.path', this.#paths.safe(query < 0 ? url : url.slice(0, query)));
    if (query >= 0) span.put('url.query', safeQuery(url.slice(query + 1)));
    span.put('request.id', requestId);
    span.put('user.id', userId);
  }

  #tell(error: unknown): void {
    if (this.#told) return;
    this.#told = true;
    complain(`a request could not be watched (told once; it was served): ${reason(error)}`);
  }
}

/** Most paths of a service without routes are a few fixed ones; later ones are worked out each time. */
const mostPaths = 200;

class Paths {
  readonly #known = new Map<string, string>();

  safe(path: string): string {
    let safe = this.#known.get(path);
    if (safe === undefined) {
      safe = safePath(path);
      if (this.#known.size < mostPaths && path.length < 200) this.#known.set(path, safe);
    }
    return safe;
  }
}

function schemeOf({ socket }: IncomingMessage): string {
  return (socket as { encrypted?: boolean } | null)?.encrypted ? 'https' : 'http';
}

interface Given {
  parent: SpanContext | undefined;
  requestId: string | undefined;
  userId: string | undefined;
}

/** From the raw list: `request.headers` would build an object that the service may never ask for. */
function readHeaders(raw: readonly string[]): Given {
  const given: Given = { parent: undefined, requestId: undefined, userId: undefined };
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string;
    if (name.length === 11 && name.toLowerCase() === 'traceparent')
      given.parent ??= readTraceparent(raw[at + 1]);
    else if (name.length === 12 && name.toLowerCase() === 'x-request-id') given.requestId ??= raw[at + 1];
    else if (name.length === 9 && name.toLowerCase() === 'x-user-id') given.userId ??= raw[at + 1];
  }
  return given;
}
