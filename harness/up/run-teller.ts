import type { Entry } from '../journal/entry.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { linesOfEntry, linesOfVerdict, pushOf, type RunLine, type RunName } from './run-lines.ts';

/** Tells Loki what a run does, while it does it. Disposing waits for what is under way. */
export interface RunTeller extends AsyncDisposable {
  entry(entry: Entry): void;
  verdict(verdict: Verdict): void;
}

const answerMs = 3000;

/** @param onNote told once, when Loki does not take it: the run goes on */
export function tellLoki(loki: string, name: RunName, onNote: (text: string) => void): RunTeller {
  let last = Promise.resolve();
  let refused = false;
  const send = (lines: readonly RunLine[]) => {
    if (lines.length === 0) return;
    // One after the other, so that they arrive in their order.
    last = last
      .then(() => push(loki, pushOf(lines, name)))
      .catch((error: Error) => {
        if (!refused) onNote(`Loki at ${loki} does not take what the run tells of itself: ${error.message}`);
        refused = true;
      });
  };
  return {
    entry: (entry) => send(linesOfEntry(entry, name)),
    verdict: (verdict) => send(linesOfVerdict(verdict)),
    [Symbol.asyncDispose]: () => last,
  };
}

/** @throws Error when it is not taken. */
async function push(loki: string, body: string): Promise<void> {
  const answer = await fetch(`${loki}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(answerMs),
  });
  const said = await answer.text();
  if (!answer.ok) throw new Error(`it answered ${answer.status}: ${said.slice(0, 200)}`);
}
