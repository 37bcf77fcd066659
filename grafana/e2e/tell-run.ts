import { tellLoki } from '../../harness/up/run-teller.ts';
import { journal } from '../../reports/fixtures/journal.ts';
import { verdict } from '../../reports/fixtures/verdict.ts';

const seconds = 4;
/** With what was before the load and after it. */
const durationMs = 1000 * (seconds + 4);

/** What a run tells that has just ended: an outage of Redis, with judgements of every outcome. */
export async function tellRun(lokiUrl: string): Promise<void> {
  const judged = verdict({ durationMs });
  const startedAtMs = Date.now() - durationMs;
  const later = startedAtMs - judged.startedAtMs;
  const run = `${judged.scenario}/${new Date(startedAtMs).toISOString()}`;
  const notes: string[] = [];
  {
    const name = { scenario: judged.scenario, run };
    await using teller = tellLoki(lokiUrl, name, (note) => notes.push(note));
    for (const entry of journal({ seconds })) teller.entry({ ...entry, atMs: entry.atMs + later });
    teller.verdict({ ...judged, startedAtMs });
  }
  if (notes.length > 0) throw new Error(notes.join('\n'));
}
