import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface Span {
  name: string;
  /** OTLP: 2 server, 3 client. */
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
  scope: string;
}

export interface Point {
  metric: string;
  value: number | undefined;
  attributes: Record<string, unknown>;
}

export interface PushedLine {
  labels: Record<string, string>;
  atNs: bigint;
  fields: Record<string, unknown>;
}

/** What a service under the preload sends: OTLP/JSON and Loki pushes, and calls to `/embed` and `/plain` as upstream. */
export class Sink implements AsyncDisposable {
  readonly spans: Span[] = [];
  readonly points: Point[] = [];
  readonly lines: PushedLine[] = [];
  readonly upstream: IncomingHttpHeaders[] = [];
  connections = 0;
  #server!: Server;

  static async start(): Promise<Sink> {
    const sink = new Sink();
    sink.#server = createServer(async (request, response) => {
      const answer = await sink.#receive(request);
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
    sink.#server.on('connection', () => sink.connections++);
    await new Promise<void>((resolve) => sink.#server.listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Environment that sends a service's telemetry here, soon. */
  get environment(): Record<string, string> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: this.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      ORDEAL_LOKI_URL: this.url,
      OTEL_SERVICE_NAME: 'fixture',
      OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.2.3',
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage): Promise<object> {
    if (request.method === 'GET') {
      this.upstream.push(request.headers);
      return { vector: [1] };
    }
    const body = (await json(request)) as never;
    if (request.url === '/v1/traces') this.spans.push(...readSpans(body));
    if (request.url === '/v1/metrics') this.points.push(...readPoints(body));
    if (request.url === '/loki/api/v1/push') this.lines.push(...readLines(body));
    return {};
  }
}

interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}
interface Scoped<K extends string, T> {
  resource: { attributes: KeyValue[] };
  scopes: ({ scope: { name: string } } & Record<K, T[]>)[];
}
type RawSpan = Omit<Span, 'attributes' | 'resource' | 'scope'> & { attributes: KeyValue[] };

function readSpans(body: { resourceSpans: (Scoped<'spans', RawSpan> & { scopeSpans: never })[] }): Span[] {
  return body.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    (scopeSpans as Scoped<'spans', RawSpan>['scopes']).flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        ...span,
        attributes: toRecord(span.attributes),
        resource: toRecord(resource.attributes),
        scope: scope.name,
      })),
    ),
  );
}

interface RawPoint {
  asInt?: number | string;
  asDouble?: number;
  attributes: KeyValue[];
}
interface RawMetric {
  name: string;
  gauge?: { dataPoints: RawPoint[] };
  sum?: { dataPoints: RawPoint[] };
  histogram?: { dataPoints: RawPoint[] };
}

function readPoints(body: { resourceMetrics: { scopeMetrics: { metrics: RawMetric[] }[] }[] }): Point[] {
  const metrics = body.resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics),
  );
  return metrics.flatMap(({ name, gauge, sum, histogram }) =>
    ((gauge ?? sum ?? histogram)?.dataPoints ?? []).map(({ asInt, asDouble, attributes }) => ({
      metric: name,
      value: asInt === undefined ? asDouble : Number(asInt),
      attributes: toRecord(attributes),
    })),
  );
}

function readLines(body: {
  streams: { stream: Record<string, string>; values: [string, string][] }[];
}): PushedLine[] {
  return body.streams.flatMap(({ stream, values }) =>
    values.map(([atNs, text]) => ({ labels: stream, atNs: BigInt(atNs), fields: JSON.parse(text) })),
  );
}

function toRecord(attributes: KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
