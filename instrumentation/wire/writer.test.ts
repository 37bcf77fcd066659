import protobuf from 'protobufjs/light.js';
import { describe, expect, it } from 'vitest';
import { Writer } from './writer.ts';

const types = {
  ...{ text: 'string', small: 'uint64', signed: 'int64', real: 'double', fixed: 'fixed64' },
  ...{ short: 'fixed32', bytes: 'bytes', inner: 'Item' },
};
const singles = Object.entries(types).map(([name, type], index) => [name, { id: index + 1, type }]);
// Each in a oneof, so that a decoder tells 0 from nothing.
const oneofs = Object.keys(types).map((name) => [`_${name}`, { oneof: [name] }]);
const root = protobuf.Root.fromJSON({
  nested: {
    Item: {
      fields: { ...Object.fromEntries(singles), items: { id: 900, type: 'Item', rule: 'repeated' } },
      oneofs: Object.fromEntries(oneofs),
    },
  },
});
const item = root.lookupType('Item');

function written(write: (writer: Writer) => void, bytes = 65_536): Record<string, unknown> {
  const writer = new Writer();
  const to = Buffer.alloc(bytes);
  writer.reset(to);
  write(writer);
  expect(writer.overflowed).toBe(false);
  return item.toObject(item.decode(to.subarray(0, writer.position)), {
    longs: String,
    bytes: String,
    json: true,
  });
}

/** Numbers from a seed, so that a failure can be repeated. */
function* random(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

const spread = (count: number, most: number) =>
  Array.from(random(7).take(count), (share) => Math.floor(2 ** (share * Math.log2(most))));

describe('what is written is read by a decoder', () => {
  it.each([
    '',
    'a',
    'é',
    '日本語',
    '😀😀',
    'x'.repeat(63),
    'x'.repeat(64),
    'ä'.repeat(63),
    `${'x'.repeat(62)}€`,
    'é'.repeat(20_000),
    '\ud800 alone',
    'x'.repeat(65_000),
  ])('a text: %#', (text) => {
    expect(written((writer) => writer.string(1, text)).text).toBe(text.toWellFormed());
  });

  it.each([
    0,
    1,
    127,
    128,
    16_383,
    16_384,
    2 ** 31,
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
    ...spread(40, 2 ** 53),
  ])('the integer %i, in each form', (value) => {
    const back = written((writer) => {
      writer.varint(2, value);
      writer.int64(3, value);
      writer.fixed64(5, value);
      writer.fixed32(6, value % 2 ** 32);
    });
    const text = String(value);
    expect(back).toEqual({ small: text, signed: text, fixed: text, short: value % 2 ** 32 });
  });

  it.each([
    -1,
    -127,
    -128,
    -(2 ** 31),
    -(2 ** 32) - 1,
    Number.MIN_SAFE_INTEGER,
    ...spread(40, 2 ** 53).map((value) => -value - 1),
  ])('the integer %i', (value) => {
    expect(written((writer) => writer.int64(3, value)).signed).toBe(String(value));
  });

  it.each([0.1, -0.5, 1e300, 5e-324, Infinity, -Infinity, NaN])('the number %f', (value) => {
    const back = written((writer) => writer.double(4, value)).real;
    expect(Number(back)).toBe(value);
  });

  it.each([
    0,
    0.000001,
    0.9999999,
    1,
    4_294_967_295.5,
    4_294_967_296,
    1_790_000_000_000,
    1_790_000_000_000.25,
    1_790_000_000_000 + 0.9998,
    4_102_444_800_000.125,
    ...spread(40, 2 ** 42).map((ms, index) => ms + index / 64),
  ])('%f ms as nanoseconds', (atMs) => {
    const exact = BigInt(Math.floor(atMs)) * 1_000_000n + BigInt(Math.round((atMs % 1) * 1e6));
    expect(written((writer) => writer.nanoseconds(5, atMs)).fixed).toBe(String(exact));
  });

  it('ids in hex', () => {
    const id = '00ff7f80aabbccdd0123456789abcdef';
    const { bytes } = written((writer) => writer.hex(7, id));
    expect(Buffer.from(String(bytes), 'base64').toString('hex')).toBe(id);
  });

  it('messages in messages, an empty one, and many of a field with a large number', () => {
    const back = written((writer) => {
      const outer = writer.begin(8);
      writer.string(1, 'é'.repeat(5000));
      writer.end(writer.begin(8));
      writer.end(outer);
      for (let index = 0; index < 300; index++) {
        const start = writer.begin(900);
        writer.varint(2, index + 1);
        writer.end(start);
      }
    });
    expect(back.inner).toEqual({ text: 'é'.repeat(5000), inner: {} });
    expect(back.items).toHaveLength(300);
  });

  it('bytes that are protobuf already', () => {
    const inner = new Writer();
    const bytes = Buffer.alloc(64);
    inner.reset(bytes);
    inner.string(1, 'inside');
    expect(written((writer) => writer.raw(bytes.subarray(0, inner.position)))).toEqual({ text: 'inside' });
  });
});

describe('a time before 1970 or none', () => {
  it.each([-1, -0.5, NaN, -Infinity])('%f ms is written as 0', (atMs) => {
    expect(written((writer) => writer.nanoseconds(5, atMs)).fixed).toBe('0');
  });
});

describe('what does not fit', () => {
  const writes: [string, (writer: Writer) => void][] = [
    ['text', (writer) => writer.string(1, 'a'.repeat(40))],
    ['longer text', (writer) => writer.string(1, 'é'.repeat(40))],
    ['integer', (writer) => writer.varint(2, 2 ** 50)],
    ['negative integer', (writer) => writer.int64(3, -1)],
    ['double', (writer) => writer.double(4, 1)],
    ['fixed64', (writer) => writer.fixed64(5, 1)],
    ['fixed32', (writer) => writer.fixed32(6, 1)],
    ['nanoseconds', (writer) => writer.nanoseconds(5, 1)],
    ['id', (writer) => writer.hex(7, 'ab'.repeat(16))],
    ['raw', (writer) => writer.raw(Buffer.alloc(40))],
    ['message', (writer) => writer.end(writer.begin(8))],
  ];

  it.each(writes)(
    '%s: never goes beyond the end, is told, and can be taken back, at any place',
    (_, write) => {
      const ample = new Writer();
      const all = Buffer.alloc(200);
      ample.reset(all);
      write(ample);
      const whole = all.subarray(0, ample.position);
      for (let room = 0; room < 120; room++) {
        const memory = Buffer.alloc(200, 0xee);
        const writer = new Writer();
        writer.reset(memory.subarray(0, room));
        write(writer);
        expect(memory.subarray(room).every((byte) => byte === 0xee)).toBe(true);
        const fitted = !writer.overflowed;
        if (fitted) expect(memory.subarray(0, writer.position)).toEqual(whole);
        writer.rewind(0);
        expect(writer).toMatchObject({ position: 0, overflowed: false });
        if (room > 110) expect(fitted).toBe(true);
      }
    },
  );

  it('nothing after it is written either, so that half an item is never taken for a whole one', () => {
    const writer = new Writer();
    writer.reset(Buffer.alloc(32));
    const start = writer.begin(8);
    writer.string(1, 'a'.repeat(60));
    writer.varint(2, 1);
    writer.end(start);
    expect(writer.overflowed).toBe(true);
  });
});
