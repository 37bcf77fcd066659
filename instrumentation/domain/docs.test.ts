import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { createMask } from '../mask/create-mask.ts';
import { PrometheusText } from '../metrics/prometheus-text.ts';
import { Registry } from '../metrics/registry.ts';
import { metricsTable, putTable } from '../metrics/table.ts';
import { documented } from './mapping-table.ts';
import { readMapping } from './read-mapping.ts';
import { watchChannels } from './watch-channels.ts';

const page = readFileSync(new URL('../../docs/domain-metrics.md', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'ordeal-domain-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The first block of code in a language. */
function block(language: string): string {
  const found = page.match(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms'))?.[1];
  if (!found) throw new Error(`docs/domain-metrics.md has no block of ${language}`);
  return found;
}

it('the example of the documentation works as it says', async () => {
  const [service, mapping] = [join(folder, 'orders.mjs'), join(folder, 'metrics.json')];
  writeFileSync(service, block('js'));
  writeFileSync(mapping, block('json'));
  const { metrics, problems } = readMapping(mapping);
  expect(problems).toEqual([]);
  const registry = new Registry({ exemplars: true, tell: () => {} });
  watchChannels(metrics, registry.scope('@ordeal/preload'));

  const { order } = await import(/* @vite-ignore */ pathToFileURL(service).href);
  await order([{ price: 5 }, { price: 20 }], async () => {});

  const mask = createMask({ maskedFields: [], allowedFields: [] });
  const text = new PrometheusText({ registry, mask, resource: {}, tell: () => {} });
  const shown = text.render('text').split('\n');
  for (const line of block('text').trim().split('\n')) expect(shown).toContain(line);
});

it('the table is that of the mapping; if not: node instrumentation/domain/write-docs.ts', () => {
  const mapping = fileURLToPath(new URL('../../examples/memory-api/metrics.json', import.meta.url));
  const table = metricsTable(documented(readMapping(mapping).metrics));
  expect(putTable(page, 'memory-api', table)).toBe(page);
});
