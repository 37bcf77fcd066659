import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { metricsTable, putTable } from '../metrics/table.ts';
import { documented } from './mapping-table.ts';
import { readMapping } from './read-mapping.ts';

/** Puts the table of the memory API's metrics into the documentation: `node instrumentation/domain/write-docs.ts`. */
const page = new URL('../../docs/domain-metrics.md', import.meta.url);
const mapping = fileURLToPath(new URL('../../examples/memory-api/metrics.json', import.meta.url));
const table = metricsTable(documented(readMapping(mapping).metrics));
writeFileSync(page, putTable(readFileSync(page, 'utf8'), 'memory-api', table));
