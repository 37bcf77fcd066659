import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { reason } from '../complain.ts';
import { ownServer } from './own-server.ts';
import type { PageFormat, PrometheusText } from './prometheus-text.ts';
import type { Registry } from './registry.ts';

export interface PageOptions {
  /** `127.0.0.1` unless the owner of the service says otherwise. */
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  readonly text: PrometheusText;
  /** Says something to the owner of the service. */
  readonly tell: (text: string) => void;
}

/** Observed metrics that take time are waited for so long; a scrape of Prometheus takes at most 10 s. */
const observedWithinMs = 500;
/** A scraper or two; whoever opens more is not one. */
const mostConnections = 16;
/** From the first byte of a request to its last, and for a connection on which nothing happens. */
const patienceMs = 5000;

/**
 * `GET /metrics` for Prometheus. Neither the server nor what is connected to it keeps the process alive. A port that is
 * taken is told, and the service goes on without the page.
 */
export function servePage(options: PageOptions): Server {
  const { host, port } = options;
  const tell = once(options.tell);
  const limits = {
    maxHeaderSize: 8192,
    headersTimeout: patienceMs,
    requestTimeout: patienceMs,
    keepAliveTimeout: patienceMs,
    connectionsCheckingInterval: 1000,
  };
  const server = process
    .getBuiltinModule('node:http')
    .createServer(limits, (request, response) => answer(request, response, { ...options, tell }));
  Object.defineProperty(server, ownServer, { value: true });
  server.maxConnections = mostConnections;
  server.timeout = 2 * patienceMs;
  server.on('connection', (socket) => socket.unref());
  server.on('error', (error) => tell(`no Prometheus page on ${host}:${port}: ${reason(error)}`));
  return server.listen({ host, port }).unref();
}

function answer(request: IncomingMessage, response: ServerResponse, options: PageOptions): void {
  const path = (request.url ?? '').split('?', 1)[0];
  if (path !== '/metrics') refuse(response, 404, 'The metrics are at /metrics.');
  else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    refuse(response, 405, 'The metrics can only be read.');
  } else show(request, response, options);
}

function show(
  request: IncomingMessage,
  response: ServerResponse,
  { registry, text, tell }: PageOptions,
): void {
  const format = formatFor(request.headers.accept);
  const write = () => {
    response.setHeader('content-type', contentTypes[format]).end(text.render(format));
  };
  const fail = (error: unknown) => {
    tell(`the Prometheus page could not be made: ${reason(error)}`);
    refuse(response, 500, 'The page could not be made.');
  };
  try {
    const waiting = registry.prepare(observedWithinMs);
    if (waiting === undefined) write();
    else waiting.then(write).catch(fail);
  } catch (error) {
    fail(error);
  }
}

/** A port that is taken, or a page that cannot be made, is the same each time. */
function once(tell: (text: string) => void): (text: string) => void {
  let told = false;
  return (text) => {
    if (!told) tell(text);
    told = true;
  };
}

/** What is still coming of a refused request is not waited for. */
function refuse(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${text}\n`);
}

const contentTypes: Record<PageFormat, string> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** OpenMetrics for who asks for it by name and likes it no less than plain text; the older format, which all read, else. */
function formatFor(accept: string | undefined): PageFormat {
  const liking = { text: 0, openmetrics: 0 };
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const given = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = given === undefined ? 1 : Number(given.slice(2)) || 0;
    if (type === 'application/openmetrics-text') liking.openmetrics = Math.max(liking.openmetrics, quality);
    if (type === 'text/plain') liking.text = Math.max(liking.text, quality);
  }
  return liking.openmetrics > 0 && liking.openmetrics >= liking.text ? 'openmetrics' : 'text';
}
