import { type ClientRequest, type IncomingMessage, OutgoingMessage } from 'node:http';
import type { Span } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { BreakerWatch } from './breakers.ts';
import { cockatielInstrumentation } from './cockatiel.ts';
import type { Packages } from './packages.ts';
import type { PinoLines } from './pino-lines.ts';
import { redisStatement } from './redis-statement.ts';
import type { Requests } from './request-identity.ts';
import { withoutQueryValues, withoutSecrets } from './url-query.ts';

export interface Watchers {
  requests: Requests;
  lines: PinoLines;
  breakers: BreakerWatch;
}

/** Everything that is patched. Made one by one: a bundle of all instrumentations costs start-up time and memory. */
export function createInstrumentations(
  packages: Packages,
  { requests, lines, breakers }: Watchers,
): Instrumentation[] {
  const { api, core } = packages;
  // The preload's own exports run suppressed; they are neither spans nor client metrics of the service.
  const isOurs = () => core.isTracingSuppressed(api.context.active());
  return [
    new packages.http.HttpInstrumentation({
      ignoreOutgoingRequestHook: isOurs,
      startIncomingSpanHook: (request) => ({ ...queryOf(request.url) }),
      requestHook: (span, request) => {
        requests.onHttpRequest(span, request);
        if (request instanceof OutgoingMessage) hideQuery(span, request as ClientRequest);
      },
      responseHook: (_span, response) => requests.onHttpResponse(response as IncomingMessage),
    }),
    new packages.undici.UndiciInstrumentation({
      ignoreRequestHook: isOurs,
      startSpanHook: ({ origin, path }) => ({ 'url.full': origin + withoutSecrets(path), ...queryOf(path) }),
      requestHook: (_span, request) => forward(requests, request),
    }),
    new packages.pg.PgInstrumentation(),
    new packages.ioredis.IORedisInstrumentation({ dbStatementSerializer: redisStatement }),
    new packages.pino.PinoInstrumentation({
      disableLogSending: true,
      logHook: (_span, record) => lines.addContext(record),
    }),
    cockatielInstrumentation(packages, breakers),
  ];
}

function queryOf(url = ''): Record<string, string> {
  const at = url.indexOf('?');
  return at < 0 ? {} : { 'url.query': withoutQueryValues(url.slice(at + 1)) };
}

function hideQuery(span: Span, request: ClientRequest): void {
  if (!request.path.includes('?')) return;
  const host = request.getHeader('host') ?? request.host;
  span.setAttribute('url.full', `${request.protocol}//${host}${withoutSecrets(request.path)}`);
}

interface UndiciRequest {
  headers: string | (string | string[])[];
  addHeader(name: string, value: string): void;
}

/** Headers are `[name, value, …]`, or in undici 5 one string of lines. What the service has set itself stays. */
function forward(requests: Requests, request: UndiciRequest): void {
  const { headers } = request;
  const names =
    typeof headers === 'string' ? headers.split(/:.*\r\n/) : headers.filter((_, index) => index % 2 === 0);
  const present = new Set(names.map((name) => String(name).toLowerCase()));
  for (const [name, value] of requests.headers()) if (!present.has(name)) request.addHeader(name, value);
}
