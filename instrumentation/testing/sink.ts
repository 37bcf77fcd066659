import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { createDecoder } from '../../harness/telemetry/protobuf.ts';
import { serverCertificate } from './certificates.ts';
import { type HostileMode, mistreatment } from './hostile.ts';
import { createMetricsDecoder } from './metrics-message.ts';
import { type LogRecord, type Point, pointsIn, recordsIn, type Span, spansIn } from './otlp.ts';

export type { LogRecord, Point, Span } from './otlp.ts';

export interface PushedLine {
  labels: Record<string, string>;
  atNs: bigint;
  fields: Record<string, unknown>;
}

export interface Delivery {
  path: string;
  headers: IncomingHttpHeaders;
  /** As it came over the wire. */
  raw: Buffer;
  /** Unzipped. */
  body: Buffer;
}

const unzip = promisify(gunzip);
const decoder = createDecoder();
const decodeMetrics = createMetricsDecoder();

/** Receives what a service under the preload sends, OTLP in protobuf or JSON and Loki pushes, and may turn hostile. */
export class Sink implements AsyncDisposable {
  readonly spans: Span[] = [];
  readonly points: Point[] = [];
  /** By OTLP. */
  readonly records: LogRecord[] = [];
  /** By Loki pushes. */
  readonly lines: PushedLine[] = [];
  readonly deliveries: Delivery[] = [];
  /** Requests that were mistreated. */
  mistreated = 0;
  /** Bodies that could not be read, a sentence each. */
  readonly unreadable: string[] = [];
  connections = 0;
  readonly #keepsBodies: boolean;
  readonly #server: ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>;
  #mode: HostileMode | 'healthy' = 'healthy';
  #port = 0;

  readonly #scheme: 'http' | 'https';

  private constructor(keepsBodies: boolean, tls: boolean) {
    this.#keepsBodies = keepsBodies;
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    this.#scheme = tls ? 'https' : 'http';
    this.#server = tls ? createSecureServer(serverCertificate, answer) : createServer(answer);
    this.#server.on('connection', () => this.connections++);
  }

  /**
   * `keepsBodies: false` for tests that send so much that only the counts matter. `tls`: over HTTPS, with a certificate that
   * is trusted by who trusts `authorityFile`.
   */
  static async start({ keepsBodies = true, tls = false } = {}): Promise<Sink> {
    const sink = new Sink(keepsBodies, tls);
    await sink.#listen();
    return sink;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get url(): string {
    return `${this.#scheme}://${this.address}`;
  }

  /**
   * Environment that sends a service's telemetry here, soon, and waits long for the answer: on a slow machine this process
   * may stand still for seconds, and what is sent again comes twice.
   */
  get environment(): Record<string, string> {
    return { ...telemetryTo(this.url), OTEL_EXPORTER_OTLP_TIMEOUT: '30000' };
  }

  /** From the next request on; what is under way is cut off. */
  async turn(mode: HostileMode | 'healthy'): Promise<void> {
    const refused = this.#mode === 'refuse';
    this.#mode = mode;
    if (mode === 'refuse') {
      if (!refused) await this.#close();
      return;
    }
    this.#server.closeAllConnections();
    if (refused) await this.#listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.#close();
  }

  async #listen(): Promise<void> {
    await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.on('error', () => {});
    if (this.#mode === 'healthy') {
      this.#receive(request, response).catch((error) => this.#refuse(request, response, error));
      return;
    }
    this.mistreated++;
    mistreatment(this.#mode)(request, response);
  }

  /** What did not come whole is the business of the sender, who tries again. */
  #refuse({ complete, url }: IncomingMessage, response: ServerResponse, error: Error): void {
    if (!complete) return;
    this.unreadable.push(`${url}: ${error.message}`);
    response.writeHead(400).end();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await buffer(request);
    const body = request.headers['content-encoding'] === 'gzip' ? await unzip(raw) : raw;
    const path = request.url ?? '';
    this.#keep(path, body, request.headers['content-type'] ?? '');
    if (this.#keepsBodies) this.deliveries.push({ path, headers: request.headers, raw, body });
    this.#accept(path, request, response);
  }

  #accept(path: string, { headers }: IncomingMessage, response: ServerResponse): void {
    if (path.startsWith('/loki')) response.writeHead(204).end();
    else if (headers['content-type']?.includes('json'))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    else response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  }

  #keep(path: string, body: Buffer, contentType: string): void {
    const json = contentType.startsWith('application/json');
    if (!json && contentType !== 'application/x-protobuf') throw new Error(`came as ${contentType}`);
    const read = <T>(decode: (body: Buffer) => T) => (json ? JSON.parse(body.toString()) : decode(body));
    if (path === '/v1/traces') this.spans.push(...spansIn(read(decoder.traces)));
    else if (path === '/v1/metrics') this.points.push(...pointsIn(read(decodeMetrics)));
    else if (path === '/v1/logs') this.records.push(...recordsIn(read(decoder.logs)));
    else if (path === '/loki/api/v1/push') this.lines.push(...linesIn(JSON.parse(body.toString())));
    else throw new Error('nothing is received there');
  }
}

/** Environment that sends a service's telemetry there, soon. */
export function telemetryTo(otlp: string, loki = otlp): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_METRIC_EXPORT_INTERVAL: '200',
    ORDEAL_LOKI_URL: loki,
    OTEL_SERVICE_NAME: 'fixture',
    OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.2.3',
  };
}

function linesIn(push: {
  streams: { stream: Record<string, string>; values: [string, string][] }[];
}): PushedLine[] {
  return push.streams.flatMap(({ stream, values }) =>
    values.map(([atNs, text]) => ({ labels: stream, atNs: BigInt(atNs), fields: JSON.parse(text) })),
  );
}
