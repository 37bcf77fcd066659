import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../harness/telemetry/protobuf.ts';
import type { OtlpDestination } from '../settings/settings.ts';
import type { SealedSlot } from '../wire/shelf.ts';
import { Writer } from '../wire/writer.ts';
import { lineShape } from './line-shape.ts';
import { lokiPack, otlpPack } from './pack.ts';
import { writeLine } from './testing/produce-lines.ts';

const shape = lineShape({
  service: 'memory-api',
  version: '1.2.3',
  maskedFields: [],
  allowedFields: [],
} as never);
const atMs = 1_790_000_000_000.5;

const wires = [
  { encoding: 'proto', gzip: false },
  { encoding: 'proto', gzip: true },
  { encoding: 'json', gzip: false },
  { encoding: 'json', gzip: true },
] as const;

function destination(wire: Pick<OtlpDestination, 'encoding' | 'gzip'>): OtlpDestination {
  return { url: 'http://127.0.0.1', headers: {}, timeoutMs: 1000, ...wire };
}

function encoded(write: (writer: Writer) => void): Buffer {
  const writer = new Writer();
  const bytes = Buffer.alloc(65_536);
  writer.reset(bytes);
  write(writer);
  return bytes.subarray(0, writer.position);
}

const resource = encoded((writer) => {
  const attribute = writer.begin(1);
  writer.string(1, 'service.name');
  const value = writer.begin(2);
  writer.string(1, 'memory-api');
  writer.end(value);
  writer.end(attribute);
});

function slot(bytes: Buffer, sequence = 0): SealedSlot {
  return { index: sequence, sequence, items: 1, bytes };
}

function spanSlot(scope: string, names: readonly string[]): SealedSlot {
  const scopeBytes = encoded((writer) => writer.string(1, scope));
  const spans = names.map((name) =>
    encoded((writer) => {
      const span = writer.begin(2);
      writer.hex(1, '0af7651916cd43dd8448eb211c80319c');
      writer.hex(2, 'b7ad6b7169203331');
      writer.string(5, name);
      writer.nanoseconds(7, atMs);
      writer.end(span);
    }),
  );
  const length = Buffer.alloc(2);
  length.writeUInt16LE(scopeBytes.length);
  return slot(Buffer.concat([length, scopeBytes, ...spans]));
}

function lineSlot(lines: readonly object[], sequence = 0): SealedSlot {
  const bytes = encoded((writer) => {
    for (const line of lines) writeLine(writer, { text: JSON.stringify(line), atMs });
  });
  return slot(bytes, sequence);
}

describe.each(wires)('a request in $encoding, gzip $gzip', (wire) => {
  function decode(signal: 'traces' | 'logs', slots: readonly SealedSlot[]): unknown {
    const { body, headers } = otlpPack(destination(wire), signal, resource, shape)(slots);
    expect(headers['content-encoding']).toBe(wire.gzip ? 'gzip' : undefined);
    const plain = wire.gzip ? gunzipSync(body) : body;
    return wire.encoding === 'json' ? JSON.parse(String(plain)) : createDecoder()[signal](plain);
  }

  it('has one resource, each scope once, and all spans', () => {
    const long = 'n'.repeat(300);
    const slots = [spanSlot('http', ['a', 'b']), spanSlot('pg', ['c', long]), spanSlot('http', ['d'])];
    const span = (name: string) => ({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      name,
      startTimeUnixNano: '1790000000000500000',
    });
    expect(decode('traces', slots)).toMatchObject({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'memory-api' } }] },
          scopeSpans: [
            { scope: { name: 'http' }, spans: ['a', 'b', 'd'].map(span) },
            { scope: { name: 'pg' }, spans: ['c', long].map(span) },
          ],
        },
      ],
    });
  });

  it('has log records with time, severity, body, attributes and ids', () => {
    const ids = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' };
    const time = Math.floor(atMs) - 1000;
    const first = {
      level: 50,
      time,
      msg: 'é failed',
      ...ids,
      n: -3,
      half: 0.5,
      ok: false,
      list: ['a'],
      err: { type: 'E' },
    };
    const slots = [
      lineSlot([first, { level: 'audit', msg: '', trace_id: 'zz' }]),
      lineSlot([{ msg: 'last' }]),
    ];
    const data = decode('logs', slots) as { resourceLogs: [{ scopeLogs: [{ logRecords: unknown[] }] }] };
    const { logRecords } = data.resourceLogs[0].scopeLogs[0];
    expect(logRecords).toHaveLength(3);
    expect(logRecords[0]).toMatchObject({
      timeUnixNano: '1789999999000000000',
      observedTimeUnixNano: '1790000000000500000',
      severityNumber: 17,
      severityText: 'error',
      body: { stringValue: 'é failed' },
      traceId: ids.trace_id,
      spanId: ids.span_id,
      attributes: [
        { key: 'n', value: { intValue: '-3' } },
        { key: 'half', value: { doubleValue: 0.5 } },
        { key: 'ok', value: { boolValue: false } },
        { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }] } } },
        { key: 'err', value: { kvlistValue: { values: [{ key: 'type', value: { stringValue: 'E' } }] } } },
      ],
    });
    expect(logRecords[1]).toMatchObject({
      severityNumber: 9,
      severityText: 'audit',
      body: { stringValue: '' },
    });
    expect(logRecords[1]).not.toHaveProperty('traceId');
  });
});

describe('a push to Loki', () => {
  interface Push {
    streams: { stream: Record<string, string>; values: [string, string][] }[];
  }
  const push = (slots: readonly SealedSlot[]) => JSON.parse(String(lokiPack(shape)(slots).body)) as Push;

  it('has few streams, and lines in their order also within a millisecond', () => {
    const levels = [10, 20, 30, 40, 50, 60, 35, 'audit', 'WARN', 'x'.repeat(100)];
    const slots = [0, 1].map((sequence) =>
      lineSlot(
        levels.map((level) => ({ level, msg: 'é "x"' })),
        sequence,
      ),
    );
    const { streams } = push(slots);
    expect(streams.map(({ stream }) => stream)).toEqual(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].map((level) => ({
        service_name: 'memory-api',
        level,
      })),
    );
    const values = streams.flatMap((stream) => stream.values);
    expect(values).toHaveLength(20);
    for (const { values } of streams)
      for (const [index, [nanos, line]] of values.entries()) {
        expect(nanos).toMatch(/^1790000000000\d{6}$/);
        if (index > 0) expect(BigInt(nanos)).toBeGreaterThan(BigInt(values[index - 1]![0]));
        expect(JSON.parse(line)).toMatchObject({ message: 'é "x"', service: 'memory-api' });
      }
  });

  it('of a slot that is cut off is an error', () => {
    const { bytes } = lineSlot([{ msg: 'hi' }]);
    expect(() => push([slot(Buffer.from(bytes.subarray(0, bytes.length - 1)))])).toThrow(RangeError);
  });
});

describe('many small fields', () => {
  it('fit into the records made of a full slot', () => {
    const fields = Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [`k${index}`, 1]));
    const pack = otlpPack(destination(wires[0]), 'logs', resource, shape);
    const data = createDecoder().logs(pack([lineSlot([fields])]).body) as { resourceLogs: unknown[] };
    expect(JSON.stringify(data.resourceLogs)).toContain('"k3999"');
  });
});
