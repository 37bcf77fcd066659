import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { startDependencies } from '../testing/dependencies.ts';
import { needsNodes, nodeBinary, supportedLines } from '../testing/nodes.ts';
import { label, noteAttributes, noteEdges, points, poolMetrics, serverName } from './expected.ts';
import { lastPoints } from './last-points.ts';
import { type Observed, observe } from './observe.ts';
import { services } from './services.ts';

const parts = await needs('postgres', 'redis');
const nodes = await needsNodes(...supportedLines);
const uuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
let dependencies: Awaited<ReturnType<typeof startDependencies>>;

beforeAll(async () => {
  dependencies = await startDependencies();
});
afterAll(() => dependencies?.[Symbol.asyncDispose]());

describe.runIf(parts.runs && nodes.runs).each(supportedLines)(
  parts.titled(nodes.titled('Node %s')),
  (line) => {
    describe.each(services)('$fixture', (kind) => {
      let seen: Observed;
      beforeAll(async () => {
        seen = await observe(kind, await nodeBinary(line), dependencies.env);
      });

      it('answers', () => {
        const statuses = Object.entries(seen.asked).map(([name, { status }]) => [name, status]);
        expect(Object.fromEntries(statuses)).toEqual({
          first: 200,
          note: 200,
          badId: 200,
          nested: 200,
          broken: 500,
          nowhere: 404,
          slow: 200,
          breakersFail: 200,
          breakersOpen: 200,
        });
        expect(seen.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
        expect(seen.ended.stderr).not.toContain('@ordeal/preload');
        expect(seen.sink.unreadable).toEqual([]);
      });

      describe('traces', () => {
        it('have each span once, under its parent', () => {
          const spans = seen.spansOf(seen.asked.note);
          const names = new Map([
            [seen.asked.note.callerId, 'caller'],
            ...spans.map((span) => [span.spanId, label(span)] as const),
          ]);
          const edges = spans.map((span) => [label(span), names.get(span.parentSpanId ?? '')]);
          expect(edges.toSorted()).toEqual(noteEdges(kind).toSorted());
          const ids = seen.sink.spans.map(({ spanId }) => spanId);
          expect(new Set(ids).size).toBe(ids.length);
        });

        it('have the attributes of the semantic conventions', () => {
          const spans = seen.spansOf(seen.asked.note);
          for (const [name, attributes] of noteAttributes(kind, seen)) {
            const named = spans.filter((it) => label(it) === name);
            expect(named, name).not.toEqual([]);
            for (const span of named) expect(span.attributes, name).toMatchObject(attributes);
          }
          for (const { resource } of spans)
            expect(resource).toMatchObject({ 'service.name': 'fixture', 'service.version': '1.2.3' });
        });

        it('take the time that it took', () => {
          expect(seen.sink.spans.length).toBeGreaterThan(20);
          for (const { startMs, endMs, name } of seen.sink.spans)
            expect(endMs, name).toBeGreaterThanOrEqual(startMs);
          const { startMs, endMs } = seen.serverSpan(seen.asked.slow);
          expect(endMs - startMs).toBeGreaterThan(290);
          expect(Math.abs(Date.now() - endMs)).toBeLessThan(600_000);
        });

        it('name the pattern of the route, also inside a router, and never a raw path', () => {
          const name = (asked: keyof Observed['asked']) => seen.serverSpan(seen.asked[asked]).name;
          expect(name('nested')).toBe(serverName(kind, '/api/users/:user/notes'));
          expect(name('broken')).toBe(serverName(kind, '/broken/:id'));
          expect(name('nowhere')).toBe('GET');
          expect(seen.serverSpan(seen.asked.nowhere).attributes).not.toHaveProperty('http.route');
        });

        it('tell which request failed', () => {
          const { status, attributes } = seen.serverSpan(seen.asked.broken);
          expect(status.code).toBe(2);
          expect(attributes).toMatchObject({
            'http.response.status_code': 500,
            'error.type': expect.any(String),
          });
          expect(seen.serverSpan(seen.asked.note).status.code ?? 0).toBe(0);
        });

        it('hold no value of a query, a key or a statement', () => {
          expect(JSON.stringify(seen.sink.spans)).not.toMatch(/hidden|private|literal value/);
        });
      });

      describe('metrics', () => {
        it.each(
          points(kind).map(
            (point) => [`${point.metric} ${JSON.stringify(point.attributes)}`, point] as const,
          ),
        )('%s', (_, { metric, attributes, unit, kind: pointKind, value, atLeast, exemplar }) => {
          const found = lastPoints(seen.sink.points, metric).filter((point) =>
            includes(point.attributes, attributes),
          );
          expect(found.map((point) => point.kind)).toContain(pointKind);
          expect(found[0]?.unit).toBe(unit);
          const total = found.reduce((sum, point) => sum + (point.value ?? point.count), 0);
          if (value !== undefined) expect(total).toBe(value);
          if (atLeast !== undefined) expect(total).toBeGreaterThanOrEqual(atLeast);
          if (!exemplar) return;
          const traces = new Set(seen.sink.spans.map(({ traceId }) => traceId));
          const exemplars = seen.sink.points
            .filter((point) => point.metric === metric && includes(point.attributes, attributes))
            .flatMap((point) => point.exemplars);
          expect(exemplars.length).toBeGreaterThan(0);
          for (const { traceId } of exemplars) expect(traces).toContain(traceId);
        });

        it('tell two pools apart', () => {
          const idle = lastPoints(seen.sink.points, poolMetrics.connections).filter(
            ({ attributes }) => attributes[poolMetrics.state] === 'idle',
          );
          expect(idle.map(({ value }) => value)).toEqual([1, 1]);
          const names = idle.map(({ attributes }) => attributes[poolMetrics.name]);
          expect(new Set(names).size).toBe(2);
          expect(
            lastPoints(seen.sink.points, poolMetrics.limit)
              .map(({ value }) => value)
              .toSorted(),
          ).toEqual([2, 4]);
          expect(lastPoints(seen.sink.points, poolMetrics.pending).map(({ value }) => value)).toEqual([0, 0]);
        });

        it('hold no raw path and no value', () => {
          expect(JSON.stringify(seen.sink.points)).not.toMatch(
            /\/notes\/[78]|nowhere|hidden|private|literal value/,
          );
        });
      });

      describe('logs', () => {
        const message = 'reading a note';
        const context = () => ({
          request_id: 'request-1',
          user_id: 'user-1',
          trace_id: seen.asked.note.traceId,
          span_id: seen.serverSpan(seen.asked.note).spanId,
          version: '1.2.3',
        });
        const isOfNote = (fields: Record<string, unknown>) => fields.request_id === 'request-1';

        it('go to Loki with the context of the request, and few labels', () => {
          const lines = seen.sink.lines.filter(
            ({ fields }) => isOfNote(fields) && fields.message === message,
          );
          expect(lines).toHaveLength(1);
          const { fields, labels, atNs } = lines[0]!;
          expect(fields).toMatchObject({ ...context(), level: 'info', service: 'its-own-name', note: '7' });
          expect(labels).toEqual({ service_name: 'fixture', level: 'info' });
          expect(Math.abs(Number(atNs / 1_000_000n) - Date.parse(String(fields.timestamp)))).toBeLessThan(50);
        });

        it('are on stdout under the names of the service, with the context', () => {
          const { message: messageName, level, info } = kind.names;
          const lines = seen.stdout.filter((fields) => isOfNote(fields) && fields[messageName] === message);
          expect(lines).toHaveLength(1);
          expect(lines[0]).toMatchObject({ ...context(), [level]: info, service: 'its-own-name', note: '7' });
        });

        it('are each sent once', () => {
          const sent = seen.sink.lines.filter(({ fields }) => fields.service === 'its-own-name');
          expect(sent.map(({ fields }) => fields.message).toSorted()).toEqual(
            seen.stdout.map((fields) => fields[kind.names.message]).toSorted(),
          );
        });

        it('go by OTLP when that is asked for, and only then', () => {
          const { traceId } = seen.asked.note;
          const records = seen.sink.records.filter(
            (record) => record.traceId === traceId && record.body === message,
          );
          const found = records.map(({ severity, severityNumber, spanId }) => ({
            severity: severity.toLowerCase(),
            severityNumber,
            spanId,
          }));
          const expected = { severity: 'info', severityNumber: 9, spanId: context().span_id };
          expect(found).toEqual(kind.logsByOtlp ? [expected] : []);
          expect(seen.sink.records).toHaveLength(kind.logsByOtlp ? seen.sink.lines.length : 0);
          for (const { attributes, resource } of records) {
            expect(attributes).toMatchObject({ request_id: 'request-1', user_id: 'user-1' });
            expect(resource).toMatchObject({ 'service.name': 'fixture', 'service.version': '1.2.3' });
          }
        });

        it('warn of a slow operation and a slow query, without its values', () => {
          const slow = seen.sink.lines.filter(
            ({ fields }) => fields.level === 'warn' && fields.trace_id === seen.asked.slow.traceId,
          );
          expect(slow.map(({ fields }) => String(fields.event)).toSorted()).toEqual([
            'slow_operation',
            'slow_query',
          ]);
          expect(JSON.stringify(slow.map(({ fields }) => fields))).toContain('pg_sleep');
          expect(JSON.stringify(slow.map(({ fields }) => fields))).not.toContain('literal value');
        });

        it('tell of each transition of a breaker when it happens', () => {
          const told = seen.sink.lines.filter(({ fields }) => fields.event === 'circuit_breaker.transition');
          for (const name of new Set(told.map(({ fields }) => fields['circuit_breaker.name']))) {
            const states = told
              .filter(({ fields }) => fields['circuit_breaker.name'] === name)
              .map(
                ({ fields }) =>
                  `${fields['circuit_breaker.previous_state']} -> ${fields['circuit_breaker.state']}`,
              );
            expect(states, String(name)).toEqual([
              'closed -> open',
              'open -> half_open',
              'half_open -> closed',
            ]);
          }
          expect(new Set(told.map(({ fields }) => fields['circuit_breaker.name'])).size).toBe(2);
        });
      });

      describe('the request id', () => {
        it('is taken, answered and passed on with the user', () => {
          expect(seen.asked.note.requestId).toBe('request-1');
          const calls = seen.calls.filter(({ headers }) => headers['x-request-id'] === 'request-1');
          expect(calls.map(({ path }) => path).toSorted()).toEqual([
            '/embed?token=hidden',
            '/plain?token=hidden',
          ]);
          for (const { headers } of calls) expect(headers['x-user-id']).toBe('user-1');
        });

        it('is made where there is none that can be used', () => {
          for (const { requestId } of [
            seen.asked.badId,
            seen.asked.first,
            seen.asked.nowhere,
            seen.asked.broken,
          ])
            expect(requestId).toMatch(uuid);
          const line = seen.sink.lines.find(({ fields }) => fields.request_id === seen.asked.badId.requestId);
          expect(line?.fields).toMatchObject({ user_id: 'anonymous', note: '8' });
        });
      });

      it('passes the trace on, but neither baggage nor tracestate', () => {
        const spans = seen.spansOf(seen.asked.note);
        const calls = seen.calls.filter(({ headers }) => headers['x-request-id'] === 'request-1');
        const parents = calls.map(({ path, headers }) => {
          const [, traceId, spanId, flags] = String(headers.traceparent).split('-');
          const parent = spans.find((span) => span.spanId === spanId);
          return [path.split('?')[0], traceId, flags, parent && label(parent)];
        });
        const { traceId } = seen.asked.note;
        expect(parents.toSorted()).toEqual([
          ['/embed', traceId, '01', 'client /embed GET'],
          ['/plain', traceId, '01', 'client /plain GET'],
        ]);
        for (const { headers } of seen.calls) {
          expect(headers).not.toHaveProperty('baggage');
          expect(headers).not.toHaveProperty('tracestate');
        }
      });
    });
  },
);

function includes(attributes: Record<string, unknown>, wanted: Record<string, unknown>): boolean {
  return Object.entries(wanted).every(([key, value]) => attributes[key] === value);
}
