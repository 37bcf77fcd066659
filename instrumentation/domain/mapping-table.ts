import type { CatalogueEntry } from '../metrics/catalogue.ts';
import type { MappedMetric } from './mapping.ts';

/** Mapped metrics as they are documented; the channel is the source. */
export function documented(mapped: readonly MappedMetric[]): CatalogueEntry[] {
  return mapped.map(({ channel, definition, attributes }) => ({
    ...definition,
    attributes: attributes.map(({ name }) => name),
    source: channel,
  }));
}
