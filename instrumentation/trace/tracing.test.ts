import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { createDecoder } from '../../harness/telemetry/protobuf.ts';
import { Writer } from '../wire/writer.ts';
import { Clock } from './clock.ts';
import { spanEncoder } from './encode-span.ts';
import { Id } from './ids.ts';
import { createSampler } from './sampler.ts';
import type { RecordedSpan } from './span.ts';
import { Tracing } from './tracing.ts';

const mask = {
  field: (_: string, value: string) => value.replace('secret', '***'),
  text: (value: string) => value.replace('secret', '***'),
  hides: () => false,
};

function recording(kind: Parameters<typeof createSampler>[0]['kind'] = 'always_on', ratio = 1) {
  const ended: RecordedSpan[] = [];
  const tracing = new Tracing({
    sampler: createSampler({ kind, ratio }),
    clock: new Clock(),
    mostAttributes: 4,
    isRecording: true,
    ended: (span) => ended.push(span),
  });
  return { tracing, ended };
}

// biome-ignore lint/suspicious/noExplicitAny: a decoded message is looked through.
function decoded(span: RecordedSpan): any {
  const memory = Buffer.alloc(65_536);
  const writer = new Writer();
  writer.reset(memory);
  const resource = writer.begin(1);
  const scope = writer.begin(2);
  spanEncoder(mask)(writer, span);
  writer.end(scope);
  writer.end(resource);
  expect(writer.overflowed).toBe(false);
  return createDecoder().traces(memory.subarray(0, writer.position)).resourceSpans?.[0]?.scopeSpans?.[0]
    ?.spans?.[0];
}

it('encodes all that a span of the API may hold', () => {
  const { tracing, ended } = recording();
  const tracer = tracing.getTracer('library', '1.0.0');
  const span = tracer.startSpan('the secret work', {
    kind: SpanKind.PRODUCER,
    startTime: new Date(1_760_000_000_123),
    attributes: { text: 'a secret of Zoë', number: 42, share: 0.5 },
    links: [{ context: { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: 1 } }],
  });
  span.setAttribute('number', -7);
  span.setAttributes({ list: ['x', 'secret'], 'one.too.many': true });
  span.addEvent('retry', { count: 3 }, 1_760_000_000_200);
  span.recordException(new TypeError('no secret'));
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'secret failure' });
  span.end([1_760_000_001, 500_000_000]);
  span.setAttribute('late', true).addEvent('late').updateName('late');
  span.end();

  expect(ended).toHaveLength(1);
  const told = decoded(ended[0]!);
  expect(told).toMatchObject({
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    name: 'the *** work',
    kind: 4,
    startTimeUnixNano: '1760000000123000000',
    endTimeUnixNano: '1760000001500000000',
    attributes: [
      { key: 'text', value: { stringValue: 'a *** of Zoë' } },
      { key: 'number', value: { intValue: '-7' } },
      { key: 'share', value: { doubleValue: 0.5 } },
      { key: 'list', value: { arrayValue: { values: [{ stringValue: 'x' }, { stringValue: '***' }] } } },
    ],
    status: { code: 2, message: '*** failure' },
  });
  expect(told.events.map(({ name }: { name: string }) => name)).toEqual(['retry', 'exception']);
  expect(JSON.stringify(told)).not.toContain('secret');
  expect(ended[0]!.droppedAttributes).toBe(1);
});

it('a span stands below the active one, by whichever copy of the API', async () => {
  const { tracing, ended } = recording();
  const tracer = tracing.getTracer('library');
  await tracer.startActiveSpan('outer', async (outer) => {
    await Promise.resolve();
    tracing.with(trace.setSpan(tracing.active(), outer), () => tracing.start('ours', SpanKind.CLIENT).end());
    tracer.startSpan('inner').end();
    tracer.startSpan('root', { root: true }).end();
    outer.end();
  });
  const [ours, inner, root, outer] = ended.map((span) => decoded(span));
  expect([ours, inner].map(({ parentSpanId }) => parentSpanId)).toEqual([outer.spanId, outer.spanId]);
  expect(root.traceId).not.toBe(outer.traceId);
  expect(root.parentSpanId || undefined).toBeUndefined();
  expect(trace.getSpan(tracing.active())).toBeUndefined();
});

it('what a thing that was bound does is done in its context', () => {
  const { tracing } = recording();
  const span = tracing.start('bound', SpanKind.INTERNAL);
  const context = trace.setSpan(ROOT_CONTEXT, span);
  const bound = tracing.contexts.bind(context, (...given: unknown[]) => [
    trace.getSpan(tracing.active()),
    given,
  ]);
  expect(bound(1, 2)).toEqual([span, [1, 2]]);
  expect(
    context.deleteValue(Symbol.for('OpenTelemetry Context Key SPAN')).getValue(Symbol('other')),
  ).toBeUndefined();
});

const parent = (traceFlags: number) => ({ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags });

it.each([
  ['always_on', undefined, true],
  ['always_off', undefined, false],
  ['always_on', parent(0), true],
  ['parentbased_always_on', parent(0), false],
  ['parentbased_always_on', parent(1), true],
  ['parentbased_always_on', undefined, true],
  ['parentbased_always_off', parent(1), true],
  ['parentbased_always_off', undefined, false],
] as const)('%s below %j', (kind, below, sampled) => {
  const { tracing } = recording(kind);
  const span = tracing.startBelow('work', SpanKind.SERVER, below);
  expect(span.sampled).toBe(sampled);
  expect(span.isRecording()).toBe(sampled);
  expect(span.spanContext().traceFlags).toBe(sampled ? 1 : 0);
  if (below) expect(span.traceId).toBe(below.traceId);
});

it('records the share of traces that is wanted, and the same ones everywhere', () => {
  const [one, other] = [
    createSampler({ kind: 'traceidratio', ratio: 0.25 }),
    recording('traceidratio', 0.25),
  ];
  const spans = Array.from({ length: 4000 }, () => other.tracing.start('work', SpanKind.INTERNAL));
  const sampled = spans.filter((span) => span.sampled);
  // Six standard deviations of a binomial distribution.
  expect(Math.abs(sampled.length - 1000)).toBeLessThan(6 * Math.sqrt(4000 * 0.25 * 0.75));
  for (const { traceId, sampled } of spans) expect(one(Id.parse(traceId), undefined)).toBe(sampled);
});
