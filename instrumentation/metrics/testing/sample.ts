import { createMask } from '../../mask/create-mask.ts';
import { catalogue, ownScope } from '../catalogue.ts';
import { PrometheusText } from '../prometheus-text.ts';
import { Registry } from '../registry.ts';

export const mask = createMask({ maskedFields: [], allowedFields: [] });
export const traceId = '0af7651916cd43dd8448eb211c80319c';
export const spanId = 'b7ad6b7169203331';
/** When the span of the exemplar began. */
export const startMs = 1_700_000_000_000;

/** A registry with a point of each kind, and with everything that a text format could stumble over. */
export function sampleRegistry(tell: (text: string) => void = () => {}): Registry {
  const registry = new Registry({ exemplars: true, tell, sinceMs: 1_600_000_000_000 });
  const ours = registry.scope(ownScope, '0.1.0');
  const route = { 'http.request.method': 'GET', 'http.route': '/memories/:id' };
  const duration = ours.histogram({ ...catalogue.httpServerDuration, buckets: [0.00001, 0.1, 1, 1_000_000] });
  duration.series(route).record(0.05, { traceId, spanId, startMs });
  duration.series(route).record(3);
  ours.counter(catalogue.httpRequests).series(route).add(2);
  ours.counter(catalogue.cpuTime).series({ 'cpu.mode': 'user' }).add(1.5);
  ours.observe(catalogue.memoryUsage, (tell) => tell(123_456));
  ours.observe(catalogue.cpuUsage, (tell) => tell(12.5));
  ours.gauge(catalogue.loopUtilization).series({}).set(0.25);
  const theirs = registry.scope('a "library"', '1\\2');
  const odd = { 'a.b': 'one', a_b: 'two', '1st': 'a\nb"c\\d', le: 'x', list: ['p', 'q'], yes: true };
  theirs
    .counter({
      name: 'odd-name/x',
      kind: 'up-down-counter',
      unit: 'foo/s',
      description: 'Says "hi"\n\\ twice.',
    })
    .series(odd)
    .add(-2);
  theirs
    .counter({ name: 'http.requests', kind: 'counter', unit: '{request}', description: '' })
    .series({})
    .add(7);
  // Names that would be samples of a family that is there already.
  for (const name of ['http.requests.total', 'http.server.request.duration.seconds.count'])
    theirs.gauge({ name, kind: 'gauge', unit: '', description: '' }).series({}).set(1);
  return registry;
}

export function sampleText(registry: Registry, tell: (text: string) => void = () => {}): PrometheusText {
  return new PrometheusText({
    registry,
    mask,
    tell,
    resource: { 'service.name': 'api', 'service.version': '1.2.3' },
  });
}
