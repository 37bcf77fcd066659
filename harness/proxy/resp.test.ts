import { expect, test } from 'vitest';
import { RespError, RespScanner } from './resp.ts';

/** What a visitor that asks for the first three bytes of every bulk sees of these chunks. */
function scan(chunks: readonly Buffer[], inline = false): string[] {
  const seen: string[] = [];
  const scanner = new RespScanner({
    head: (kind, size, depth, index) => {
      seen.push(`${depth}.${index} ${kind} ${size}`);
      return kind === 'bulk' ? 3 : 0;
    },
    bytes: (bytes) => seen.push(JSON.stringify(bytes.toString('latin1'))),
    end: () => seen.push('end'),
    ...(inline && { inline: (line: Buffer) => seen.push(`inline ${line.toString().trimEnd()}`) }),
  });
  for (const chunk of chunks) scanner.push(chunk);
  return seen;
}

const values: readonly [name: string, wire: string, seen: string[]][] = [
  ['status', '+OK\r\n', ['0.0 status 0', 'end']],
  ['error', '-ERR no\r\n', ['0.0 error 0', 'end']],
  ['integer', ':-42\r\n', ['0.0 integer -42', 'end']],
  ['bulk', '$5\r\nhello\r\n', ['0.0 bulk 5', '"hel"', 'end']],
  ['short bulk', '$2\r\nhi\r\n', ['0.0 bulk 2', '"hi"', 'end']],
  ['empty bulk', '$0\r\n\r\n', ['0.0 bulk 0', '""', 'end']],
  ['bulk full of line breaks', '$8\r\n\r\n$1\r\n\r\n\r\n', ['0.0 bulk 8', '"\\r\\n$"', 'end']],
  ['nil bulk', '$-1\r\n', ['0.0 null 0', 'end']],
  ['nil array', '*-1\r\n', ['0.0 null 0', 'end']],
  ['null', '_\r\n', ['0.0 null 0', 'end']],
  ['empty array', '*0\r\n', ['0.0 array 0', 'end']],
  ['array', '*2\r\n:1\r\n$1\r\na\r\n', ['0.0 array 2', '1.0 integer 1', '1.1 bulk 1', '"a"', 'end']],
  [
    'nested arrays',
    '*3\r\n*1\r\n*0\r\n*-1\r\n:7\r\n',
    ['0.0 array 3', '1.0 array 1', '2.0 array 0', '1.1 null 0', '1.2 integer 7', 'end'],
  ],
  [
    'map',
    '%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n',
    ['0.0 map 2', '1.0 status 0', '1.1 integer 1', '1.2 status 0', '1.3 integer 2', 'end'],
  ],
  ['set', '~1\r\n#t\r\n', ['0.0 array 1', '1.0 other 0', 'end']],
  ['push', '>2\r\n+x\r\n:1\r\n', ['0.0 push 2', '1.0 status 0', '1.1 integer 1', 'end']],
  ['double, big number', ',1.5e3\r\n(3492890328409238509\r\n', ['0.0 other 0', 'end', '0.0 other 0', 'end']],
  ['blob error', '!5\r\nERR x\r\n', ['0.0 error 5', 'end']],
  ['verbatim', '=7\r\ntxt:abc\r\n', ['0.0 bulk 7', '"txt"', 'end']],
  ['attribute', '|1\r\n+ttl\r\n*1\r\n:9\r\n$1\r\na\r\n', ['0.0 bulk 1', '"a"', 'end']],
  [
    'attribute inside an array',
    '*2\r\n|1\r\n+ttl\r\n|1\r\n+x\r\n:0\r\n:9\r\n:1\r\n:2\r\n',
    ['0.0 array 2', '1.0 integer 1', '1.1 integer 2', 'end'],
  ],
  ['empty attribute', '|0\r\n:1\r\n', ['0.0 integer 1', 'end']],
];

test.each(values)('%s', (_name, wire, seen) => {
  expect(scan([Buffer.from(wire)])).toEqual(seen);
});

test('all of them in one stream, cut at every two positions', () => {
  const stream = Buffer.from(values.map(([, wire]) => wire).join(''));
  const seen = values.flatMap(([, , it]) => it);
  expect(scan([stream])).toEqual(seen);
  expect(scan(Array.from(stream, (byte) => Buffer.from([byte])))).toEqual(seen);
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second += 7) {
      const chunks = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
      expect(scan(chunks), `cut at ${first} and ${second}`).toEqual(seen);
    }
  }
});

test('inline requests between others, cut at every position', () => {
  const stream = Buffer.from('PING\r\n*1\r\n$4\r\nPING\r\n\r\nget  a\n');
  const seen = ['inline PING', '0.0 array 1', '1.0 bulk 4', '"PIN"', 'end', 'inline ', 'inline get  a'];
  for (let cut = 0; cut <= stream.length; cut++) {
    expect(scan([stream.subarray(0, cut), stream.subarray(cut)], true), `cut at ${cut}`).toEqual(seen);
  }
});

test.each([
  ['no type', 'hello\r\n'],
  ['no number', '$\r\n'],
  ['letters for a number', '$1x\r\n'],
  ['two minus signs', ':--1\r\n'],
  ['a length below -1', '$-2\r\n'],
  ['a length beyond counting', '$99999999999999999999\r\n'],
  ['CR without LF', '$1\rx'],
  ['a bulk longer than it said', '$1\r\nab\r\n'],
  ['a streamed array', '*?\r\n'],
  ['endless nesting', '*1\r\n'.repeat(300)],
])('%s is a RespError', (_name, wire) => {
  expect(() => scan([Buffer.from(wire)])).toThrow(RespError);
});

test('an endless inline request is a RespError before it fills the memory', () => {
  const chunk = Buffer.alloc(1024, 'a');
  expect(() => scan(new Array(65).fill(chunk), true)).toThrow(RespError);
});
