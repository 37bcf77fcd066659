import { verdictText } from '../harness/verdict/text.ts';
import type { RunRecord } from './record.ts';

/** The verdict as it is stored: the same bytes as `verdict.json` of the run folder. */
export function renderJson({ verdict }: RunRecord): string {
  return verdictText(verdict);
}
