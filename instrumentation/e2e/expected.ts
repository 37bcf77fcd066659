import { expect } from 'vitest';
import type { Span } from '../testing/sink.ts';
import type { Observed } from './observe.ts';
import type { FixtureKind } from './services.ts';

/** What the fixtures tell, as data: names and attributes are OpenTelemetry's, see the links. */

const kinds = ['unspecified', 'internal', 'server', 'client'];

/** How tests name a span: its kind, what it talks to, its name. */
export function label({ kind, name, attributes }: Span): string {
  const system = attributes['db.system.name'] ?? (attributes['url.full'] && pathOf(attributes['url.full']));
  return [kinds[kind], system, name].filter(Boolean).join(' ');
}

function pathOf(url: unknown): string {
  return new URL(String(url)).pathname;
}

/** Of `GET /notes/7`: each span and the one above it. `caller` is whoever asked. */
export function noteEdges({ routes }: FixtureKind): [span: string, parent: string][] {
  const server = routes ? 'server GET /notes/:id' : 'server GET';
  return [
    [server, 'caller'],
    ['internal summarise', server],
    ['client redis GET', server],
    ['client redis GET', server],
    ['client postgresql SELECT notes', server],
    ['internal circuit_breaker embedding', server],
    ['client /embed GET', 'internal circuit_breaker embedding'],
    ['internal circuit_breaker work', server],
    ['client /plain GET', 'internal circuit_breaker work'],
  ];
}

export function serverName({ routes }: FixtureKind, pattern: string): string {
  return routes ? `GET ${pattern}` : 'GET';
}

const address = '127.0.0.1';
const port = expect.any(Number);

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and https://opentelemetry.io/docs/specs/semconv/database/ */
export function noteAttributes(
  { routes }: FixtureKind,
  observed: Observed,
): [span: string, attributes: Record<string, unknown>][] {
  const { upstreamPort } = observed;
  const called = (path: string) => ({
    'http.request.method': 'GET',
    'http.response.status_code': 200,
    'server.address': address,
    'server.port': upstreamPort,
    'url.full': `http://${address}:${upstreamPort}${path}?token=*`,
  });
  return [
    [
      routes ? 'server GET /notes/:id' : 'server GET',
      {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'url.scheme': 'http',
        'url.path': '/notes/*',
        'url.query': 'token=*',
        'network.protocol.version': '1.1',
        'request.id': 'request-1',
        'user.id': 'user-1',
        ...(routes && { 'http.route': '/notes/:id' }),
      },
    ],
    [
      'client redis GET',
      {
        'db.system.name': 'redis',
        'db.operation.name': 'GET',
        'db.query.text': 'get note:*',
        'db.namespace': '0',
        'server.address': address,
        'server.port': port,
      },
    ],
    [
      'client postgresql SELECT notes',
      {
        'db.system.name': 'postgresql',
        'db.operation.name': 'SELECT',
        'db.collection.name': 'notes',
        'db.query.summary': 'SELECT notes',
        'db.query.text': 'SELECT id, text FROM notes WHERE id = $1 AND kind = ?',
        'db.namespace': 'postgres',
        'server.address': address,
        'server.port': port,
      },
    ],
    ['client /embed GET', called('/embed')],
    ['client /plain GET', called('/plain')],
    ['internal summarise', { 'notes.kind': 'plain' }],
  ];
}

export interface ExpectedPoint {
  readonly metric: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'sum' | 'histogram';
  readonly attributes: Record<string, unknown>;
  /** Of the last point: value of a number, count of a histogram. */
  readonly value?: number;
  readonly atLeast?: number;
  /** Exemplars carry the trace of one of these requests. */
  readonly exemplar?: true;
}

/** What the requests of `observe` make, three of them `GET /notes/:id`. */
export function points({ routes }: FixtureKind): ExpectedPoint[] {
  const route = (pattern: string) => (routes ? { 'http.route': pattern } : {});
  const answered = (pattern: string, status: number) => ({
    'http.request.method': 'GET',
    'http.response.status_code': status,
    'url.scheme': 'http',
    ...route(pattern),
  });
  const runtime = (metric: string, unit: string, kind: ExpectedPoint['kind'] = 'gauge'): ExpectedPoint => ({
    metric,
    unit,
    kind,
    attributes: {},
  });
  const state = (name: string, current: string, value: number): ExpectedPoint => ({
    metric: 'circuit_breaker.state',
    unit: '',
    kind: 'gauge',
    attributes: { 'circuit_breaker.name': name, 'circuit_breaker.state': current },
    value,
  });
  const served = { metric: 'http.server.request.duration', unit: 's', kind: 'histogram' } as const;
  return [
    routes
      ? { ...served, attributes: answered('/notes/:id', 200), value: 3, exemplar: true }
      : { ...served, attributes: answered('', 200), atLeast: 3, exemplar: true },
    { ...served, attributes: answered('/broken/:id', 500), value: 1, exemplar: true },
    { ...served, attributes: { 'http.request.method': 'GET', 'http.response.status_code': 404 }, value: 1 },
    {
      metric: 'http.client.request.duration',
      unit: 's',
      kind: 'histogram',
      attributes: {
        'http.request.method': 'GET',
        'server.address': address,
        'http.response.status_code': 200,
      },
      value: 6,
    },
    {
      metric: 'db.client.operation.duration',
      unit: 's',
      kind: 'histogram',
      attributes: { 'db.system.name': 'redis', 'db.operation.name': 'GET' },
      value: 6,
      exemplar: true,
    },
    {
      metric: 'db.client.operation.duration',
      unit: 's',
      kind: 'histogram',
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': 'SELECT',
        'db.collection.name': 'notes',
      },
      value: 3,
      exemplar: true,
    },
    { metric: 'redis.connect.duration', unit: 's', kind: 'histogram', attributes: {}, value: 1 },
    { metric: 'redis.reads', unit: '{read}', kind: 'sum', attributes: { outcome: 'hit' }, value: 3 },
    { metric: 'redis.reads', unit: '{read}', kind: 'sum', attributes: { outcome: 'miss' }, value: 3 },
    {
      metric: 'database.connections.active',
      unit: '{connection}',
      kind: 'gauge',
      attributes: {},
      value: 0,
    },
    state('embedding', 'closed', 1),
    state('fragile', 'closed', 1),
    state('fragile', 'open', 0),
    {
      metric: 'circuit_breaker.transitions',
      unit: '{transition}',
      kind: 'sum',
      attributes: {
        'circuit_breaker.name': 'fragile',
        'circuit_breaker.from': 'closed',
        'circuit_breaker.to': 'open',
      },
      value: 1,
    },
    runtime('nodejs.eventloop.delay.p99', 's'),
    runtime('v8js.memory.heap.used', 'By', 'sum'),
    runtime('v8js.gc.duration', 's', 'histogram'),
    runtime('process.memory.usage', 'By', 'sum'),
    runtime('process.cpu.time', 's', 'sum'),
    {
      metric: 'notes.summaries',
      unit: '{summary}',
      kind: 'sum',
      attributes: { 'notes.kind': 'plain' },
      value: 3,
    },
    { metric: 'notes.read', unit: '{note}', kind: 'sum', attributes: { kind: 'plain' }, value: 3 },
    {
      metric: 'notes.read.duration',
      unit: 's',
      kind: 'histogram',
      attributes: { 'note.kind': 'plain' },
      value: 3,
    },
    { metric: 'notes.items', unit: '{item}', kind: 'gauge', attributes: {}, value: 3 },
  ];
}

/** Two pools for one database, one with a connection that is idle, the other with one too. */
export const poolMetrics = {
  connections: 'db.client.connection.count',
  state: 'db.client.connection.state',
  name: 'db.client.connection.pool.name',
  limit: 'db.client.connection.limit',
  pending: 'db.client.connection.pending_requests',
  wait: 'db.client.connection.wait_time',
  active: 'database.connections.active',
} as const;
