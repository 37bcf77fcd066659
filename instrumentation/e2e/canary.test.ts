import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { type Canary, canaries, inText } from '../mask/testing/canaries.ts';
import { closedPort } from '../send/testing/sink.ts';
import { builtPreload } from '../testing/built-preload.ts';
import { startDependencies } from '../testing/dependencies.ts';
import { FixtureService } from '../testing/service.ts';
import { type Delivery, Sink } from '../testing/sink.ts';
import { until } from '../testing/until.ts';
import { Upstream } from '../testing/upstream.ts';
import { jsonLines, mappingFile } from './observe.ts';
import { services } from './services.ts';

const { runs, titled } = await needs('postgres', 'redis');
let dependencies: Awaited<ReturnType<typeof startDependencies>>;

beforeAll(async () => {
  dependencies = await startDependencies();
});
afterAll(() => dependencies?.[Symbol.asyncDispose]());

/** Each request carries one secret to every place where it may be; what the service then does with it is `work.leak`. */
describe.runIf(runs).each(services)(titled('what $fixture tells'), (kind) => {
  let told: Awaited<ReturnType<typeof tell>>;
  beforeAll(async () => {
    told = await tell(kind);
  });

  it.each(canaries)('holds no $name', ({ markers }) => {
    const found = told.deliveries.flatMap(({ path, forms }) =>
      markers.flatMap((marker) => {
        const [form, text] = forms.find((it) => it[1].includes(marker)) ?? [];
        return text ? [`${path}, ${form}: ${around(text, marker)}`] : [];
      }),
    );
    expect(found.slice(0, 5)).toEqual([]);
  });

  it('reached every sink, all of it', () => {
    const requests = canaries.length;
    const { otlp, loki, stdout } = told;
    expect(otlp.spans.filter((span) => span.kind === 2)).toHaveLength(requests);
    for (const [name, perRequest] of [
      ['summarise', 1],
      ['SET', 1],
      ['EVAL', 1],
    ] as const)
      expect(
        otlp.spans.filter((span) => span.name === name),
        name,
      ).toHaveLength(requests * perRequest);
    // A query before the first request has no span above it.
    const queries = otlp.spans.filter(
      ({ attributes, parentSpanId }) => attributes['db.query.summary'] && parentSpanId,
    );
    expect(queries).toHaveLength(requests * 5);
    const failed = otlp.spans.filter(({ status }) => status.code === 2);
    expect(failed.length).toBeGreaterThanOrEqual(requests * 4);
    const counted = otlp.points.filter(({ metric }) => metric === 'http.server.request.duration');
    expect(Math.max(...counted.map(({ count }) => count))).toBe(requests);
    const messages = (lines: Record<string, unknown>[]) =>
      lines.filter((fields) => fields.service === 'its-own-name');
    expect(messages(stdout)).toHaveLength(requests * 3);
    expect(messages(loki.lines.map(({ fields }) => fields))).toHaveLength(requests * 3);
    // Two calls of console each, and whatever the framework says of an error.
    expect(loki.lines.length).toBeGreaterThanOrEqual(requests * 5);
    for (const text of told.pages) {
      expect(answeredOn(text)).toBe(requests);
      expect(text).toMatch(/^notes_summaries_total\{.*otel_scope_name="summaries".*\} 1/m);
    }
    expect(told.pages[1]).toMatch(/^http_server_request_duration_seconds_bucket\{.*# \{trace_id="/m);
    expect(told.pages[1]).toMatch(/# EOF\n$/);
    if (kind.logsByOtlp) expect(otlp.records).toHaveLength(loki.lines.length);
  });

  it('keeps what is no secret', () => {
    const text = told.loki.lines.map(({ fields }) => JSON.stringify(fields)).join('\n');
    expect(text).toContain('called with');
    expect(text).toContain('could not use');
    expect(text).toMatch(/at .*leak \(/);
  });
});

it('what looks for secrets finds them in every form', () => {
  const secret = 'se"cret/of mine';
  const body = (text: string) => Buffer.from(text);
  for (const text of [
    secret,
    JSON.stringify(secret),
    JSON.stringify(JSON.stringify(secret)),
    encodeURIComponent(secret),
  ])
    expect(formsOf(body(`… ${text} …`)).some(([, form]) => form.includes(secret))).toBe(true);
});

async function tell(kind: (typeof services)[number]) {
  await using otlp = await Sink.start();
  await using loki = await Sink.start();
  await using upstream = await Upstream.start();
  const pagePort = await closedPort();
  await using service = new FixtureService(kind.fixture, {
    preload: await builtPreload(),
    env: {
      ...dependencies.env,
      ...otlp.environment,
      OTEL_EXPORTER_OTLP_PROTOCOL: kind.encoding,
      OTEL_EXPORTER_OTLP_COMPRESSION: kind.compression,
      ...(kind.logsByOtlp && { OTEL_LOGS_EXPORTER: 'otlp' }),
      ORDEAL_LOKI_URL: loki.url,
      ORDEAL_CONSOLE: 'json',
      ORDEAL_METRICS_FILE: mappingFile,
      OTEL_METRICS_EXPORTER: 'otlp,prometheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(pagePort),
      UPSTREAM_URL: upstream.url,
    },
  });
  await service.listening();
  for (const canary of canaries) await leak(service.url, canary);
  const shown = await Promise.all(pageFormats.map((format) => page(pagePort, format)));
  const { stdout } = await service.stop('SIGTERM');
  const deliveries = [...otlp.deliveries, ...loki.deliveries, ...shown].map((delivery) => ({
    path: delivery.path,
    forms: [...formsOf(delivery.body), ...formsOf(delivery.raw), ['headers', headersOf(delivery)] as const],
  }));
  const pages = shown.map(({ body }) => body.toString());
  return { otlp, loki, pages, deliveries, stdout: jsonLines(stdout) };
}

const pageFormats = ['text/plain', 'application/openmetrics-text'];

/** The Prometheus page in that format, once every request stands on it: one is counted when its answer is gone. */
async function page(port: number, format: string): Promise<Delivery> {
  return until(`the page of metrics as ${format}`, async () => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept: format } });
    const raw = Buffer.from(await response.arrayBuffer());
    const headers = Object.fromEntries(response.headers);
    expect(headers['content-type']).toContain(format);
    return answeredOn(raw.toString()) === canaries.length && { path: '/metrics', headers, raw, body: raw };
  });
}

/** How many requests the page of metrics says were answered. */
function answeredOn(text: string): number {
  const counts = text.matchAll(/^http_server_request_duration_seconds_count\{.*\} (\d+)$/gm);
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** In the path, the query, headers, a cookie, baggage and the body. */
async function leak(url: string, canary: Canary): Promise<void> {
  const text = inText(canary);
  const [encoded, header] = [encodeURIComponent(text), oneLine(text)];
  const response = await fetch(`${url}/leak/${encoded}?token=${encoded}&q=${encoded}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: header,
      'x-anything': header,
      'user-agent': header,
      'x-user-id': header,
      'x-request-id': header,
      cookie: `session=${encoded}`,
      baggage: `user=${encoded}`,
      referer: `http://127.0.0.1/?token=${encoded}`,
    },
    body: JSON.stringify({ field: canary.field ?? 'note', value: canary.value, text }),
  });
  await response.text();
  expect(response.status).toBe(500);
}

/** A header has no line breaks. */
function oneLine(text: string): string {
  return text.replaceAll('\n', ' ');
}

/** As it is, and with up to three layers of JSON's or a URL's escapes taken off. */
function formsOf(body: Buffer): [form: string, text: string][] {
  const plain = body.toString('utf8');
  const once = withoutEscapes(plain);
  const twice = withoutEscapes(once);
  return [
    ['as it is', plain],
    ['unescaped', once],
    ['unescaped twice', twice],
    ['unescaped three times', withoutEscapes(twice)],
    ['out of a URL', fromUrl(twice)],
  ];
}

function withoutEscapes(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, escaped: string) => {
    if (escaped.length === 5) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }[escaped] ?? escaped;
  });
}

function fromUrl(text: string): string {
  return text.replace(/(%[0-9a-fA-F]{2})+/g, (escaped) =>
    Buffer.from(escaped.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

function headersOf({ path, headers }: Delivery): string {
  return path + JSON.stringify(headers);
}

/** `needle` with what stands before it, so that one sees where it came from. */
function around(text: string, needle: string): string {
  const at = text.indexOf(needle);
  return text.slice(Math.max(0, at - 120), at + needle.length);
}
