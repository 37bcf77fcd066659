import { subscribe } from 'node:diagnostics_channel';
import { harmless } from '../harmless.ts';
import { safeUrl } from '../mask/url.ts';
import { catalogue } from '../metrics/catalogue.ts';
import { api } from '../trace/api.ts';
import { errorType } from '../trace/error-type.ts';
import type { OpenSpan } from '../trace/recorder.ts';
import { methodOf, nameOf } from './http-method.ts';
import { isOurs, outgoingHeaders } from './outgoing.ts';
import { RequestMetrics } from './request-metrics.ts';
import type { Tools, Watcher } from './watcher.ts';

/** What is used of a request of undici, from version 5 on; `fetch` of Node is undici too. */
interface Request {
  readonly method: string;
  readonly origin: string | URL | undefined;
  readonly path: string;
  /** `[name, value, …]`, or in undici 5 one string of lines. */
  readonly headers: string | (string | string[])[];
  addHeader(name: string, value: string): void;
}

interface Told {
  readonly request: Request;
  readonly response?: { readonly statusCode: number };
  readonly error?: unknown;
}

/** https://undici.nodejs.org/#/docs/api/DiagnosticsChannel */
export const undici: Watcher = {
  library: 'undici',
  start(tools) {
    const calling = new Calling(tools);
    on('undici:request:create', ({ request }) => calling.begin(request));
    on('undici:request:headers', ({ request, response }) =>
      calling.answered(request, response?.statusCode ?? 0),
    );
    on('undici:request:trailers', ({ request }) => calling.end(request));
    on('undici:request:error', ({ request, error }) => calling.end(request, error));
  },
};

function on(channel: string, tell: (told: Told) => void): void {
  const listener = harmless(`watching ${channel}`, (message: unknown) => tell(message as Told));
  subscribe(channel, listener);
}

interface Open {
  readonly span: OpenSpan;
  status: number;
}

class Calling {
  readonly #tools: Tools;
  readonly #metrics: RequestMetrics;
  readonly #open = new WeakMap<Request, Open>();

  constructor(tools: Tools) {
    this.#tools = tools;
    this.#metrics = new RequestMetrics(tools.metrics.histogram(catalogue.httpClientDuration));
  }

  begin(request: Request): void {
    const span = this.#tools.recorder.start(nameOf(methodOf(request.method)), api.SpanKind.CLIENT);
    this.#open.set(request, { span, status: 0 });
    for (const [name, value] of outgoingHeaders(span, this.#tools.current())) setHeader(request, name, value);
  }

  answered(request: Request, status: number): void {
    const open = this.#open.get(request);
    if (!open) return;
    open.status = status;
    // What follows a change of protocol is no answer any more, and nothing tells of its end.
    if (status === 101) this.end(request);
  }

  end(request: Request, error?: unknown): void {
    const open = this.#open.get(request);
    if (!open) return;
    this.#open.delete(request);
    const { span, status } = open;
    const method = methodOf(request.method);
    const origin = new URL(String(request.origin ?? 'http://unknown'));
    const scheme = origin.protocol.replace(':', '');
    const host = origin.hostname;
    const port = Number(origin.port) || (scheme === 'https' ? 443 : 80);
    const failure = status > 0 ? undefined : errorType(error);
    const kind = this.#metrics.kind({ method, status, failure, scheme, host, port });
    if (span.sampled) {
      span.share(kind.block);
      span.put('url.full', safeUrl(origin.origin + request.path));
      if (error !== undefined) span.fail(error);
      else if (status >= 400) span.setStatus({ code: api.SpanStatusCode.ERROR });
    }
    kind.duration.record(span.finish() / 1000, span.sampled ? span : undefined);
  }
}

/** In place where the service has set it already, if it is ours to set. */
function setHeader(request: Request, name: string, value: string): void {
  const { headers } = request;
  if (typeof headers === 'string') {
    if (!new RegExp(`^${name}:`, 'im').test(headers)) request.addHeader(name, value);
    return;
  }
  const at = headers.findIndex((it, index) => index % 2 === 0 && String(it).toLowerCase() === name);
  if (at < 0) request.addHeader(name, value);
  else if (isOurs(name, headers[at + 1])) headers[at + 1] = value;
}
