import { expect, it } from 'vitest';
import { notSupported } from './not-supported.ts';
import { readSettings } from './read-settings.ts';

const each = notSupported.flatMap(({ names, instead, same = [] }) =>
  names.map((name) => ({ name, instead, same })),
);

it.each(each)('$name is said once, and changes nothing', ({ name, instead, same }) => {
  const plain = readSettings({}, undefined);
  const { problems, ...settings } = readSettings({ [name]: 'something' }, undefined);
  expect(problems).toEqual([`${name} is not supported: ${instead}`]);
  expect({ ...settings, problems: [] }).toEqual(plain);
  for (const value of [...same, ...same.map((it) => it.toUpperCase()), '', ' '])
    expect(readSettings({ [name]: value }, undefined)).toEqual(plain);
});

it('no name stands there twice, nor is one there that is read', () => {
  const names = each.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_METRICS_EXEMPLAR_FILTER'])
    expect(names).not.toContain(name);
});
