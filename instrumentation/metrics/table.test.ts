import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import { metricsTable, putTable } from './table.ts';

const docs = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

it('docs/metrics.md has the table of the code; if not: node instrumentation/metrics/write-docs.ts', () => {
  expect(putTable(docs, 'preload', metricsTable(Object.values(catalogue)))).toBe(docs);
});

it('a page without a place for the table is refused', () => {
  expect(() => putTable('# Metrics', 'preload', '')).toThrow(
    'needs a place for its table: a line <!-- preload -->',
  );
});
