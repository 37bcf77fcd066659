import type { Entry } from '../harness/journal/entry.ts';
import type { Verdict } from '../harness/verdict/verdict.ts';

/** What a report is made of: the journal's entries (read once, in order), what was judged, where it lies. */
export interface RunRecord {
  entries: Iterable<Entry>;
  verdict: Verdict;
  /** The folder of the run, as a person would type it. */
  folder: string;
}
