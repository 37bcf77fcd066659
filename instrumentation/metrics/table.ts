import type { CatalogueEntry } from './catalogue.ts';
import { sampleName } from './prometheus-names.ts';

/** A Markdown table of metrics: what they are called by OTLP and on the Prometheus page, and where they come from. */
export function metricsTable(definitions: readonly CatalogueEntry[]): string {
  const rows = definitions.map((entry) => {
    const names = entry.alsoAs === undefined ? [entry] : [entry, { ...entry, name: entry.alsoAs }];
    return [
      code(entry.name),
      names.map((definition) => code(sampleName(definition))).join(', '),
      entry.unit === '' ? '' : code(entry.unit),
      entry.kind,
      entry.attributes.map(code).join(', '),
      entry.source,
    ];
  });
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const heads = ['OpenTelemetry', 'Prometheus', 'unit', 'kind', 'attributes', 'source'];

/** `page` with `table` between `<!-- name -->` and `<!-- /name -->`. @throws Error when the page has no such place. */
export function putTable(page: string, name: string, table: string): string {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = page.indexOf(from);
  const end = page.indexOf(to);
  if (start < 0 || end < start)
    throw new Error(`a page of metrics needs a place for its table: a line ${from} and, below it, ${to}`);
  return `${page.slice(0, start + from.length)}\n\n${table}\n\n${page.slice(end)}`;
}

function code(text: string): string {
  return `\`${text}\``;
}
