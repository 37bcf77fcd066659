import { describe, expect, it } from 'vitest';
import { rejectedItems, retryAfterMs } from './answer.ts';

describe('how many items an answer rejects', () => {
  it.each<[string, string, Buffer, number]>([
    ['JSON', 'application/json', Buffer.from('{"partialSuccess":{"rejectedSpans":"7"}}'), 7],
    [
      'JSON with a charset',
      'application/json; charset=utf-8',
      Buffer.from('{"partialSuccess":{"rejectedDataPoints":7}}'),
      7,
    ],
    ['JSON that rejects nothing', 'application/json', Buffer.from('{}'), 0],
    ['JSON with a warning', 'application/json', Buffer.from('{"partialSuccess":{"errorMessage":"old"}}'), 0],
    ['JSON with null', 'application/json', Buffer.from('{"partialSuccess":null}'), 0],
    ['JSON with nonsense', 'application/json', Buffer.from('{"partialSuccess":{"rejectedSpans":"-1e9"}}'), 0],
    ['no JSON', 'application/json', Buffer.from('<html>'), 0],
    ['protobuf', 'application/x-protobuf', Buffer.from('0a0808e8071203666f6f', 'hex'), 1000],
    ['protobuf with an unknown field', 'application/x-protobuf', Buffer.from('10010a020803', 'hex'), 3],
    ['protobuf, cut off', 'application/x-protobuf', Buffer.from('0a0808', 'hex'), 0],
    ['nothing', '', Buffer.alloc(0), 0],
    ['garbage', '', Buffer.from('\u00ff\u00ff garbage'), 0],
  ])('%s', (_, type, body, expected) => {
    expect(rejectedItems(body, type)).toBe(expected);
  });
});

describe('Retry-After', () => {
  const nowMs = Date.UTC(2026, 10, 21, 8);
  it.each<[string | undefined, number | undefined]>([
    ['5', 5000],
    [' 0 ', 0],
    ['1000000', 1e9],
    ['Sat, 21 Nov 2026 08:00:10 GMT', 10_000],
    ['Sat, 21 Nov 2020 08:00:10 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('%s', (header, expected) => {
    expect(retryAfterMs(header, nowMs)).toBe(expected);
  });
});
