import { expect, it } from 'vitest';
import { readTraceparent, writeTraceparent } from './traceparent.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

// https://www.w3.org/TR/trace-context/#traceparent-header
it.each([
  [`00-${traceId}-${spanId}-01`, 1],
  [`00-${traceId}-${spanId}-00`, 0],
  [` 00-${traceId}-${spanId}-ff `, 1],
  [`cc-${traceId}-${spanId}-01-what-the-future-will-be-like`, 1],
])('%s is read', (header, traceFlags) => {
  expect(readTraceparent(header)).toEqual({ traceId, spanId, traceFlags, isRemote: true });
});

it.each([
  undefined,
  '',
  'traceparent',
  `ff-${traceId}-${spanId}-01`,
  `00-${traceId}-${spanId}-01-more`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId}-${spanId}`,
  `cc-${traceId}-${spanId}-01-${'x'.repeat(1000)}`,
])('%j is no parent', (header) => {
  expect(readTraceparent(header)).toBeUndefined();
});

it('writes what it reads', () => {
  const header = `00-${traceId}-${spanId}-01`;
  expect(writeTraceparent(readTraceparent(header)!)).toBe(header);
});
