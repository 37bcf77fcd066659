import { complain } from '../complain.ts';
import type { Tools } from '../libraries/watcher.ts';
import type { Origin } from '../metrics/metric.ts';
import { api } from '../trace/api.ts';
import { readMapping } from './read-mapping.ts';
import { watchChannels } from './watch-channels.ts';

/** Metrics that a service publishes on diagnostics channels, by the mapping file that the settings name, if any. */
export function watchDomain({ settings, metrics, recorder }: Tools): void {
  if (settings.mappingFile === undefined) return;
  const mapping = readMapping(settings.mappingFile);
  for (const problem of mapping.problems) complain(problem);
  const currentSpan = (): Origin | undefined => {
    const span = api.trace.getSpanContext(recorder.active());
    return span && span.traceFlags & api.TraceFlags.SAMPLED ? span : undefined;
  };
  watchChannels(mapping.metrics, metrics, settings.exemplars ? currentSpan : undefined);
}
