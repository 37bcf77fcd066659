import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { msFromNanos, type OtlpSpan, type Scalar, scalar, spansOf, type TracesData } from './otlp.ts';
import type { TraceSpans } from './receiver.ts';

const spanKinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const stringMax = 200;
const newline = 0x0a;

/**
 * The traces with these ids in `<folder>/traces.ndjson`, spans in the order in which they began. Ids that are not
 * there are not in the map; a last line that was cut off is left out.
 */
export async function readTraces(folder: string, ids: ReadonlySet<string>): Promise<Map<string, TraceSpans>> {
  const found = new Map<string, TraceSpans>();
  if (ids.size === 0) return found;
  const needles = [...ids].map((id) => Buffer.from(id));
  for await (const line of lines(join(folder, 'traces.ndjson'))) {
    // Most lines hold none of the few: searching the bytes is far cheaper than parsing them.
    if (!needles.some((needle) => line.includes(needle))) continue;
    for (const span of parse(line).filter(({ traceId }) => ids.has(traceId)))
      found.set(span.traceId, [...(found.get(span.traceId) ?? []), traceSpan(span)]);
  }
  for (const spans of found.values()) spans.sort((a, b) => a.startMs - b.startMs);
  return found;
}

async function* lines(path: string): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      pieces.push(chunk.subarray(start, end));
      yield pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
      pieces = [];
      start = end + 1;
    }
    pieces.push(chunk.subarray(start));
  }
}

function parse(line: Buffer): OtlpSpan[] {
  return spansOf(JSON.parse(line.toString()) as TracesData);
}

function traceSpan(span: OtlpSpan): TraceSpans[number] {
  const startMs = msFromNanos(span.startTimeUnixNano);
  return {
    spanId: span.spanId,
    ...(span.parentSpanId ? { parentSpanId: span.parentSpanId } : {}),
    name: span.name,
    spanKind: spanKinds[Number(span.kind ?? 0)] ?? 'internal',
    startMs,
    durationMs: msFromNanos(span.endTimeUnixNano) - startMs,
    error: span.status?.code === 2 || span.status?.code === 'STATUS_CODE_ERROR',
    attributes: Object.fromEntries(scalars(span)),
  };
}

function scalars({ attributes = [] }: OtlpSpan): [string, Scalar][] {
  return attributes.flatMap((attribute): [string, Scalar][] => {
    const value = scalar(attribute);
    if (value === undefined) return [];
    return [[attribute.key, typeof value === 'string' ? value.slice(0, stringMax) : value]];
  });
}
