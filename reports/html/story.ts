import type { Entry, StepEntry, TraceEntry } from '../../harness/journal/entry.ts';
import type { Observations } from '../../harness/observe/observations.ts';
import { observe } from '../../harness/observe/observe.ts';

/** What the page tells: what the judge looks at too, and what only people want to know. */
export interface Story {
  /** Absent when the journal has no first line: then there is nothing else either. */
  seen: Observations | undefined;
  steps: readonly StepEntry[];
  traces: readonly TraceEntry[];
}

/** Reads a journal once, however long it is. */
export function storyOf(entries: Iterable<Entry>): Story {
  const steps: StepEntry[] = [];
  const traces: TraceEntry[] = [];
  const rest = aside(entries, steps, traces);
  const first = rest.next();
  const begun = first.done !== true && first.value.kind === 'run';
  return { seen: begun ? observe(chain(first.value, rest)) : undefined, steps, traces };
}

function* aside(
  entries: Iterable<Entry>,
  steps: StepEntry[],
  traces: TraceEntry[],
): Generator<Entry, undefined> {
  for (const entry of entries) {
    if (entry.kind === 'step') steps.push(entry);
    if (entry.kind === 'trace') traces.push(entry);
    yield entry;
  }
}

function* chain<T>(first: T, rest: Iterable<T>): Generator<T> {
  yield first;
  yield* rest;
}
