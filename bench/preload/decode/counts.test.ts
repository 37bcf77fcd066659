import { describe, expect, it } from 'vitest';
import { countArrived } from './counts.ts';

/** A field that holds bytes: tag, length, content. */
function field(number: number, ...content: (Buffer | string)[]): Buffer {
  const bytes = Buffer.concat(content.map((it) => Buffer.from(it)));
  return Buffer.concat([Buffer.from([number * 8 + 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}

const span = field(
  2,
  field(1, 'x'.repeat(200)),
  Buffer.from([6 * 8, 0x80, 0x01]),
  Buffer.from([7 * 8 + 1, ...Array(8).fill(0xff)]),
);
const scopeSpans = field(2, field(1, 'scope'), span, span);
const traces = Buffer.concat([field(1, field(1, 'resource'), scopeSpans, scopeSpans), field(1, scopeSpans)]);

const point = field(1, 'point');
const metrics = field(
  1,
  field(
    2,
    field(2, field(1, 'a gauge'), field(5, point)),
    field(2, field(9, point, point)),
    field(2, field(7, point)),
  ),
);

/** A trace of two spans with values of every kind, and one of a single empty span. */
const msgpack = Buffer.concat([
  Buffer.from([0x92, 0x92, 0x86]),
  ...[text('name'), text('x'.repeat(40)), text('id'), Buffer.from([0xcf, ...Array(8).fill(1)])],
  ...[text('meta'), Buffer.from([0xde, 0, 1]), text('a'), text('y'.repeat(300))],
  ...[text('error'), Buffer.from([0x00]), text('time'), Buffer.from([0xcb, ...Array(8).fill(2)])],
  ...[text('list'), Buffer.from([0x93, 0xc0, 0xe0, 0xd4, 5, 6])],
  Buffer.from([0x80]),
  Buffer.from([0xdd, 0, 0, 0, 1, 0x80]),
]);

function text(value: string): Buffer {
  const { length } = value;
  if (length < 32) return Buffer.concat([Buffer.from([0xa0 + length]), Buffer.from(value)]);
  if (length < 256) return Buffer.concat([Buffer.from([0xd9, length]), Buffer.from(value)]);
  return Buffer.concat([Buffer.from([0xda, length >> 8, length & 255]), Buffer.from(value)]);
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('what a request brought', () => {
  it.each([
    ['/v1/traces', false, traces, { spans: 6 }],
    ['/v1/traces', true, json({ resourceSpans: [{ scopeSpans: [{ spans: [{}, {}] }] }] }), { spans: 2 }],
    ['/v1/logs', false, traces, { lines: 6 }],
    ['/v1/metrics', false, metrics, { points: 4 }],
    [
      '/v1/metrics',
      true,
      json({
        resourceMetrics: [
          {
            scopeMetrics: [{ metrics: [{ sum: { dataPoints: [{}, {}] } }, { gauge: { dataPoints: [{}] } }] }],
          },
        ],
      }),
      { points: 3 },
    ],
    ['/loki/api/v1/push', true, json({ streams: [{ values: [1, 2] }, { values: [3] }] }), { lines: 3 }],
    ['/v0.4/traces', false, msgpack, { spans: 3 }],
    ['/dogstatsd/v2/proxy', false, Buffer.from('a:1|g\nb:2|c\n'), { points: 2 }],
    ['/info', false, Buffer.alloc(0), {}],
  ])('%s, JSON: %s', (path, isJson, body, arrived) => {
    expect(countArrived(path, isJson, body)).toEqual(arrived);
  });

  it('does not pass over what it cannot read', () => {
    expect(() => countArrived('/v1/traces', false, Buffer.from([0x0b]))).toThrow('wire type');
    expect(() => countArrived('/v0.4/traces', false, Buffer.from([0x80]))).toThrow('expected an array');
    expect(() => countArrived('/v0.4/traces', false, Buffer.from([0x91, 0x91, 0xc1]))).toThrow(
      'begins nothing',
    );
  });
});
