import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Body, Refusal, readBody } from './body.ts';
import { createForwarder } from './forward.ts';
import { type Counts, type Encoding, openIntake } from './intake.ts';
import type { Receiver, ReceiverOptions } from './receiver.ts';

const countsEveryMs = 1000;

/**
 * Listens on a free port of 127.0.0.1. Disposing stops listening, waits up to 2 s for what is being passed on, and
 * has everything on disk when it resolves.
 *
 * @throws HarnessError from its dispose, when the telemetry files could not be written.
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  await using parts = new AsyncDisposableStack();
  const counts: Counts = { spans: 0, serverSpans: 0, metricPoints: 0, logLines: 0, malformed: 0 };
  let serverSpansBefore = 0;
  const intake = parts.use(openIntake(options, counts));
  const forwarderTo = (url: string | undefined) => (url ? parts.use(createForwarder(url)) : undefined);
  const { forwardMetricsTo: prometheus } = options;
  // Jaeger takes neither metrics nor logs.
  const forwarders = new Map([
    ['/v1/traces', forwarderTo(options.forwardTo)],
    ['/v1/metrics', forwarderTo(prometheus && `${prometheus}/api/v1/otlp`)],
    ['/loki/api/v1/push', forwarderTo(options.forwardLinesTo)],
  ]);

  function tellCounts(): void {
    if (Object.values(counts).every((count) => count === 0)) return;
    options.onEntry({ kind: 'telemetry', atMs: Date.now(), ...counts });
    serverSpansBefore += counts.serverSpans;
    Object.assign(counts, { spans: 0, serverSpans: 0, metricPoints: 0, logLines: 0, malformed: 0 });
  }

  async function takeIn(path: string, body: Buffer, encoding: Encoding): Promise<void> {
    if (path === '/v1/traces') return intake.traces(body, encoding);
    if (path === '/v1/metrics') return intake.metrics(body, encoding);
    if (path === '/v1/logs') return intake.logs(body, encoding);
    if (encoding === 'json') return intake.lokiPush(body);
    throw new Refusal(415, 'Expected a Loki push in JSON, but got protobuf.');
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?', 1)[0] ?? '';
    const contentType = request.headers['content-type'] ?? '';
    try {
      refuseUnknown(request.method, path);
      const body = await readBody(request);
      await takeIn(path, body.bytes, encodingOf(contentType));
      forwarders.get(path)?.pass({ path, headers: headersToPassOn(request, body), body: body.raw });
      if (path.startsWith('/loki/')) response.writeHead(204).end();
      else response.writeHead(200, { 'content-type': contentType }).end(isJson(contentType) ? '{}' : '');
    } catch (error) {
      const { status, message } = error instanceof Refusal ? error : new Refusal(400, String(error));
      if (status !== 404 && status !== 405) counts.malformed += 1;
      refuse(response, status, message, contentType);
    }
  }

  function refuse(response: ServerResponse, status: number, message: string, contentType: string): void {
    // What is left of the body is not read: the connection cannot be used again.
    response.shouldKeepAlive = false;
    const [type, body] = isProtobuf(contentType)
      ? ['application/x-protobuf', intake.encodeError(message)]
      : ['application/json', JSON.stringify({ message })];
    response.writeHead(status, { 'content-type': type }).end(body);
  }

  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const timer = setInterval(tellCounts, countsEveryMs);
  parts.defer(async () => {
    server.close();
    const late = setTimeout(() => server.closeAllConnections(), 500);
    await once(server, 'close');
    clearTimeout(late);
    clearInterval(timer);
    tellCounts();
  });

  const owned = parts.move();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get serverSpans() {
      return serverSpansBefore + counts.serverSpans;
    },
    get notForwarded() {
      return [...forwarders.values()].reduce((sum, it) => sum + (it?.failures ?? 0), 0);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function refuseUnknown(method: string | undefined, path: string): void {
  const paths = ['/v1/traces', '/v1/metrics', '/v1/logs', '/loki/api/v1/push'];
  if (!paths.includes(path)) throw new Refusal(404, `Expected one of ${paths.join(', ')}, but got ${path}.`);
  if (method !== 'POST') throw new Refusal(405, `Expected POST, but got ${method}.`);
}

function encodingOf(contentType: string): Encoding {
  if (isJson(contentType)) return 'json';
  if (isProtobuf(contentType)) return 'protobuf';
  throw new Refusal(
    415,
    `Expected application/json or application/x-protobuf, but got ${contentType || 'nothing'}.`,
  );
}

function isJson(contentType: string): boolean {
  return /^application\/json\b/i.test(contentType);
}

function isProtobuf(contentType: string): boolean {
  return /^application\/x-protobuf\b/i.test(contentType);
}

function headersToPassOn({ headers }: IncomingMessage, { raw }: Body): Record<string, string> {
  const names = ['content-type', 'content-encoding'] as const;
  const kept = names.flatMap((name) => (headers[name] ? [[name, headers[name]]] : []));
  return { ...Object.fromEntries(kept), 'content-length': String(raw.length) };
}
