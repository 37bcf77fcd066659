import { expect, it } from 'vitest';
import { passedOnTo } from './passed-on-to.ts';

const jaeger = { ports: { otlpHttp: 9 } };
const [otlp, loki, prometheus] = ['http://127.0.0.1:1', 'http://127.0.0.1:2', 'http://127.0.0.1:3'];

it.each([
  ['nobody', undefined, undefined, {}],
  ["the run's own Jaeger", jaeger, undefined, { forwardTo: 'http://127.0.0.1:9' }],
  ['a stack without Jaeger', jaeger, { loki }, { forwardTo: 'http://127.0.0.1:9', forwardLinesTo: loki }],
  [
    'a stack that scrapes',
    undefined,
    { otlp, loki, runTargets: '/t' },
    { forwardTo: otlp, forwardLinesTo: loki },
  ],
  [
    'the stack of docker compose',
    undefined,
    { otlp, loki, prometheus },
    { forwardTo: otlp, forwardLinesTo: loki, forwardMetricsTo: prometheus },
  ],
])('%s', (_, own, observing, expected) => {
  expect(passedOnTo(own, observing)).toEqual(expected);
});
