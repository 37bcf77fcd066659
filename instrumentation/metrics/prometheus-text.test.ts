import { expect, it } from 'vitest';
import { sampleRegistry, sampleText } from './testing/sample.ts';

// Both forms were read with the parsers of Python's prometheus_client 0.26.
it.each([
  ['text', 'page.txt'],
  ['openmetrics', 'page.openmetrics.txt'],
] as const)('the page as %s', async (format, golden) => {
  const page = sampleText(sampleRegistry()).render(format);
  await expect(page).toMatchFileSnapshot(`testing/${golden}`);
});

it('a name that is a sample of another family is left out and told once', () => {
  const told: string[] = [];
  const text = sampleText(sampleRegistry(), (line) => told.push(line));
  text.render('text');
  text.render('openmetrics');
  expect(told).toEqual([
    expect.stringMatching(/^metric http.requests.total cannot stand on the Prometheus page/),
    expect.stringMatching(/^metric http.server.request.duration.seconds.count cannot stand/),
  ]);
});

it('a label passes the mask', () => {
  const registry = sampleRegistry();
  const definition = { name: 'a', kind: 'counter', unit: '', description: '' } as const;
  registry.scope('x').counter(definition).series({ password: 'hunter2' }).add(1);
  expect(sampleText(registry).render('text')).not.toContain('hunter2');
});
