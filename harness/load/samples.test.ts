import { describe, expect, it } from 'vitest';
import { sampleOf } from './samples.ts';

const time = '2026-11-21T05:14:29.606413244Z';
const endMs = Date.parse('2026-11-21T05:14:29.606Z') + 0.413244;

function line(metric: string, value: number, tags = {}, metadata?: object): string {
  return JSON.stringify({
    metric,
    type: 'Point',
    data: { time, value, tags, ...(metadata ? { metadata } : {}) },
  });
}

describe('sampleOf', () => {
  it.each<[string, string, object | undefined]>([
    [
      'an answer; it began when it ended less its duration',
      line('http_req_duration', 10, { name: 'read', status: '200' }),
      { kind: 'request', atMs: endMs - 10, name: 'read', durationMs: 10, status: 200 },
    ],
    [
      'no answer',
      line('http_req_duration', 0, { name: 'read', status: '0', error_code: '1212' }),
      { kind: 'request', atMs: endMs, name: 'read', durationMs: 0, status: 0, errorCode: '1212' },
    ],
    [
      'a check that failed',
      line('checks', 0, { check: 'request id' }),
      { kind: 'check', atMs: endMs, name: 'request id', ok: false },
    ],
    [
      'an acknowledged write',
      line('ordeal_writes', 1, { outcome: 'acknowledged' }, { key: 'a', value: 'b' }),
      { kind: 'write', atMs: endMs, outcome: 'acknowledged', key: 'a', value: 'b' },
    ],
    [
      'a write without an answer',
      line('ordeal_writes', 1, { outcome: 'unknown' }, { value: 'b' }),
      { kind: 'write', atMs: endMs, outcome: 'unknown', value: 'b' },
    ],
    ['dropped iterations', line('dropped_iterations', 3), { kind: 'dropped', count: 3 }],
    ['an iteration', line('iterations', 1), { kind: 'iteration' }],
    ['a metric that is not needed', line('http_req_waiting', 1), undefined],
    [
      'the announcement of a metric',
      '{"type":"Metric","data":{"name":"checks"},"metric":"checks"}',
      undefined,
    ],
    ['something else', 'hello', undefined],
  ])('%s', (_, text, expected) => {
    const sample = sampleOf(text) as { atMs?: number } | undefined;
    if (sample?.atMs === undefined) return expect(sample).toEqual(expected);
    expect(sample.atMs).toBeCloseTo((expected as { atMs: number }).atMs, 3);
    expect({ ...sample, atMs: 0 }).toEqual({ ...expected, atMs: 0 });
  });
});
