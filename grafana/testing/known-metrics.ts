import { join } from 'node:path';
import { documented } from '../../instrumentation/domain/mapping-table.ts';
import { readMapping } from '../../instrumentation/domain/read-mapping.ts';
import { type CatalogueEntry, catalogue } from '../../instrumentation/metrics/catalogue.ts';
import { labelName, sampleName } from '../../instrumentation/metrics/prometheus-names.ts';

/** What Prometheus itself adds to each series. */
const ofPrometheus = ['job', 'instance'];

const mapping = readMapping(join(import.meta.dirname, '../../examples/memory-api/metrics.json'));

/** Names of all that the memory API under the preload has on its page, each with its labels. */
export const knownMetrics: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['up', new Set(ofPrometheus)],
  ...[...Object.values<CatalogueEntry>(catalogue), ...documented(mapping.metrics)].flatMap(samples),
]);

function samples(entry: CatalogueEntry): [string, Set<string>][] {
  const labels = [...ofPrometheus, ...entry.attributes.map(labelName)];
  const names = [entry, ...(entry.alsoAs === undefined ? [] : [{ ...entry, name: entry.alsoAs }])].map(
    sampleName,
  );
  if (entry.kind !== 'histogram') return names.map((name) => [name, new Set(labels)]);
  return names.flatMap((name): [string, Set<string>][] => [
    [`${name}_bucket`, new Set([...labels, 'le'])],
    [`${name}_sum`, new Set(labels)],
    [`${name}_count`, new Set(labels)],
  ]);
}
