import { describe, expect, it } from 'vitest';
import { lineShape } from './line-shape.ts';
import { shapeLine } from './log-line.ts';
import { PlainLines } from './plain-line.ts';

const atMs = Date.UTC(2026, 10, 21, 8, 0, 0, 250);
const shape = lineShape({
  service: 'a "b"',
  version: '1',
  maskedFields: ['tenant'],
  allowedFields: [],
} as never);
const lines = new PlainLines(shape);
const told = (text: string) => lines.tell({ text, atMs });

describe('a plain line is told as any other is', () => {
  it.each([
    `{"level":30,"time":${atMs},"pid":1,"hostname":"h","msg":"hi"}`,
    `{"level":30,"time":${atMs},"pid":1,"other":true,"hostname":"h","msg":"hi","last":false}`,
    '{"a":1}',
    '{"a":1,"msg":"","b":"2","level":"WARN","c":-3,"time":"2026-11-21T08:00:00Z","d":0}',
    '{"msg":"é € 🎉","ünï":"cödé"}',
    '{"level":35,"service":"other","version":"9","message":"hi","time":"noon"}',
    '{"level":"audit","timestamp":1790000000,"service":"other","rest":"x"}',
    '{"first":"password=canary","note":"password=canary","msg":"token=canary","after":1}',
    '{"first":"password=canary","note":"fine","msg":"fine","after":1}',
    '{"tenant":"canary","password":"canary","level":"password=canary","service":"password=canary"}',
    '{"note":"pay%22load=1&password%3Dcanary","x":1}',
    '{"1":"a","constructor":"b","toString":"c","hasOwnProperty":1}',
    '{"time":999999999999999,"small":99999999999}',
    '{"time":true,"msg":"hi"}',
  ])('%s', (text) => {
    const { level, fields } = shapeLine({ text, atMs }, shape);
    for (const again of [1, 2]) {
      const line = told(text);
      expect(JSON.parse(line?.json ?? ''), `time ${again}`).toEqual(fields);
      expect(line?.level).toBe(level);
      expect(line?.json).not.toContain('canary');
    }
  });
});

it.each([
  '',
  '{}',
  'plain text',
  '["a"]',
  '{"a":1',
  '{"a":1}}',
  '{"a":1}{"b":2}',
  '{"a":1,}',
  '{"a" :1}',
  '{"a":1 }',
  '{"a":"b"x}',
  '{"a":"b}',
  '{"a":}',
  '{"a":-}',
  '{"a":truth}',
  '{"a":1,"a":2}',
  '{"msg":"a","message":"b"}',
  '{"time":1,"timestamp":2}',
  '{"a":null}',
  '{"a":1.5}',
  '{"a":1e3}',
  '{"a":-0}',
  '{"a":01}',
  '{"a":Infinity}',
  '{"a":{"b":1}}',
  '{"a":[1]}',
  '{"a":4111111111111111}',
  '{"a":123456789012}',
  '{"msg":1}',
  '{"level":true}',
  '{"service":1}',
  '{"password":1234567}',
  '{"password=canary":1}',
  '{"__proto__":1}',
  '{"a":"\\u0041"}',
  '{"a":"line\nbreak"}',
  `{"a":"${'x'.repeat(5000)}"}`,
])('%s is left to JSON.parse', (text) => {
  expect(told(text)).toBeUndefined();
});
