import { readFileSync, writeFileSync } from 'node:fs';
import { catalogue } from './catalogue.ts';
import { metricsTable, putTable } from './table.ts';

/** Puts the table of our metrics into the documentation: `node instrumentation/metrics/write-docs.ts`. */
const page = new URL('../../docs/metrics.md', import.meta.url);
writeFileSync(page, putTable(readFileSync(page, 'utf8'), 'preload', metricsTable(Object.values(catalogue))));
