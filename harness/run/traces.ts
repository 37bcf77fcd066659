import type { Entry } from '../journal/entry.ts';
import type { ChosenTrace } from '../telemetry/choose.ts';
import { readTraces } from '../telemetry/read-traces.ts';

export interface TracesToKeep {
  folder: string;
  chosen: readonly ChosenTrace[];
  /** Its query API and pages, where links lead; undefined when it is gone by the time somebody follows them. */
  jaeger: string | undefined;
  record(entry: Entry): void;
}

/** Puts the chosen traces, whole, into the journal, so that a report needs nothing else. */
export async function keepTraces({ folder, chosen, jaeger, record }: TracesToKeep): Promise<void> {
  const spansById = await readTraces(folder, new Set(chosen.map(({ traceId }) => traceId)));
  for (const { traceId, why } of chosen) {
    const spans = spansById.get(traceId);
    if (!spans) continue;
    const url = jaeger && `${jaeger}/trace/${traceId}`;
    const atMs = Math.min(...spans.map(({ startMs }) => startMs));
    record({ kind: 'trace', atMs, traceId, why, ...(url ? { url } : {}), spans });
  }
}
