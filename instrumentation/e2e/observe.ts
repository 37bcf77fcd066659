import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { builtPreload } from '../testing/built-preload.ts';
import { type Ended, FixtureService } from '../testing/service.ts';
import { Sink, type Span } from '../testing/sink.ts';
import { until } from '../testing/until.ts';
import { type Call, Upstream } from '../testing/upstream.ts';
import type { FixtureKind } from './services.ts';

export interface Asked {
  readonly traceId: string;
  /** The span of the caller, which is not recorded. */
  readonly callerId: string;
  readonly status: number;
  readonly requestId: string | null;
  readonly body: string;
}

/** Everything that is known of a service after it answered the requests below and ended. */
export interface Observed {
  readonly sink: Sink;
  readonly calls: readonly Call[];
  readonly ended: Ended;
  readonly port: number;
  readonly upstreamPort: number;
  readonly stdout: readonly Record<string, unknown>[];
  readonly asked: Record<
    'note' | 'badId' | 'nested' | 'broken' | 'nowhere' | 'slow' | 'first' | 'breakersFail' | 'breakersOpen',
    Asked
  >;
  readonly breakersClosed: Asked;
  spansOf(asked: Asked): Span[];
  serverSpan(asked: Asked): Span;
}

export const mappingFile = fileURLToPath(new URL('../fixtures/metrics.json', import.meta.url));

/** Runs the fixture on that Node, asks it for everything once, ends it by SIGTERM, and tells what came out of it. */
export async function observe(
  { fixture, encoding, compression, logsByOtlp }: FixtureKind,
  node: string,
  dependencies: Record<string, string>,
): Promise<Observed> {
  await using sink = await Sink.start();
  await using upstream = await Upstream.start();
  await using service = new FixtureService(fixture, {
    node,
    preload: await builtPreload(),
    env: {
      ...dependencies,
      ...sink.environment,
      OTEL_EXPORTER_OTLP_PROTOCOL: encoding,
      OTEL_EXPORTER_OTLP_COMPRESSION: compression,
      ...(logsByOtlp && { OTEL_LOGS_EXPORTER: 'otlp' }),
      ORDEAL_METRICS_FILE: mappingFile,
      ORDEAL_SLOW_MS: '200',
      ORDEAL_SLOW_QUERY_MS: '200',
      UPSTREAM_URL: upstream.url,
    },
  });
  await service.listening();
  const asked = await askForEverything(service.url);
  const breakersClosed = await until('breakers that closed again', async () => {
    const answer = await ask(service.url, '/breakers/ok', { method: 'POST' });
    return answer.body === '["ok","ok"]' && answer;
  });
  const ended = await service.stop('SIGTERM');
  return {
    sink,
    calls: upstream.calls,
    ended,
    port: Number(new URL(service.url).port),
    upstreamPort: upstream.port,
    stdout: jsonLines(ended.stdout),
    asked,
    breakersClosed,
    spansOf: ({ traceId }) => sink.spans.filter((span) => span.traceId === traceId),
    serverSpan: ({ traceId }) => sink.spans.find((span) => span.traceId === traceId && span.kind === 2)!,
  };
}

async function askForEverything(url: string): Promise<Observed['asked']> {
  const caller = { 'x-request-id': 'request-1', 'x-user-id': 'user-1' };
  const carried = { baggage: 'private=1', tracestate: 'private=1' };
  return {
    first: await ask(url, '/notes/1'),
    note: await ask(url, '/notes/7?token=hidden', { headers: { ...caller, ...carried } }),
    badId: await ask(url, '/notes/8', { headers: { 'x-request-id': 'not an id' } }),
    nested: await ask(url, '/api/users/3/notes'),
    broken: await ask(url, '/broken/1'),
    nowhere: await ask(url, '/nowhere/at/all'),
    slow: await ask(url, '/slow'),
    breakersFail: await ask(url, '/breakers/fail', { method: 'POST' }),
    breakersOpen: await ask(url, '/breakers/ok', { method: 'POST' }),
  };
}

async function ask(url: string, path: string, init: RequestInit = {}): Promise<Asked> {
  const [traceId, callerId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  const traceparent = `00-${traceId}-${callerId}-01`;
  const response = await fetch(url + path, { ...init, headers: { ...init.headers, traceparent } });
  const body = await response.text();
  return {
    traceId,
    callerId,
    status: response.status,
    requestId: response.headers.get('x-request-id'),
    body,
  };
}

export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}
