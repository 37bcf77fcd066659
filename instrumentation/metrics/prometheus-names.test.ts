import { expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import type { MetricKind } from './metric.ts';
import { familyName, labelName, sampleName } from './prometheus-names.ts';

it.each<[string, MetricKind, string, string, string | undefined]>([
  ['http.server.request.duration', 'histogram', 's', 'http_server_request_duration_seconds', 'seconds'],
  ['process.memory.usage', 'up-down-counter', 'By', 'process_memory_usage_bytes', 'bytes'],
  ['process.cpu.usage', 'gauge', '%', 'process_cpu_usage_percent', 'percent'],
  ['process.cpu.time', 'counter', 's', 'process_cpu_time_seconds_total', 'seconds'],
  ['nodejs.eventloop.utilization', 'gauge', '1', 'nodejs_eventloop_utilization_ratio', 'ratio'],
  ['jobs', 'counter', '1', 'jobs_total', undefined],
  ['jobs.total', 'counter', '{job}', 'jobs_total', undefined],
  ['queue.length', 'up-down-counter', '{job}', 'queue_length', undefined],
  ['disk.speed', 'gauge', 'By/s', 'disk_speed_bytes_per_second', 'bytes_per_second'],
  ['requests.rate', 'gauge', '{request}/s', 'requests_rate_per_second', 'per_second'],
  ['wait.seconds', 'gauge', 's', 'wait_seconds', 'seconds'],
  ['seconds.waited', 'gauge', 's', 'seconds_waited', undefined],
  ['cache..odd--name', 'gauge', '', 'cache_odd_name', undefined],
  ['1st', 'gauge', '', '_1st', undefined],
  ['a', 'gauge', 'furlong', 'a_furlong', 'furlong'],
])('%s (%s in %s) is %s', (name, kind, unit, expected, words) => {
  const definition = { name, kind, unit, description: '' };
  expect([sampleName(definition), familyName(definition).unit]).toEqual([expected, words]);
});

it.each([
  ['http.route', 'http_route'],
  ['1st', '_1st'],
  ['__a', '_a'],
  ['ä', '_'],
  ['', '_'],
])('the attribute %j is the label %s', (attribute, label) => expect(labelName(attribute)).toBe(label));

const all = Object.values(catalogue).flatMap((entry) => {
  const { alsoAs } = entry as { alsoAs?: string };
  return [sampleName(entry), ...(alsoAs === undefined ? [] : [sampleName({ ...entry, name: alsoAs })])];
});

it.each([
  'http_requests_total',
  'http_request_duration_seconds',
  'database_connections_active',
  'database_connection_errors_total',
  'process_memory_usage_bytes',
  'process_cpu_usage_percent',
])('%s is a name of the page', (name) => expect(all).toContain(name));

it('no two metrics have one name', () => expect(new Set(all).size).toBe(all.length));
