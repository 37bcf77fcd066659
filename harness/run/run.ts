import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Host } from '../host.ts';
import { type Journal, openJournal } from '../journal/journal.ts';
import { readJournal } from '../journal/read.ts';
import type { Service } from '../stack/service.ts';
import { playAbandoned } from '../undo/abandoned.ts';
import { startUndo } from '../undo/start.ts';
import { type RunTeller, tellLoki } from '../up/run-teller.ts';
import { judge } from '../verdict/judge.ts';
import { verdictText } from '../verdict/text.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { describeRun } from './describe.ts';
import { endingOf, stopEarly } from './ending.ts';
import { makeRunFolder } from './folder.ts';
import type { RunOrder, Teller } from './order.ts';
import type { Parts } from './parts.ts';
import { perform } from './perform.ts';
import { keepTraces } from './traces.ts';

export interface RunResult {
  verdict: Verdict;
  folder: string;
  /** The Jaeger that was told of the traces, still running; gone when `run` returns. */
  jaeger: Service | undefined;
}

/**
 * One run, from nothing to a verdict.
 *
 *  1. A folder and its journal; the first line says everything needed to judge or replay.
 *  2. What runs that were killed with their watchdog left is undone; then a watchdog of our own, which undoes what
 *     is left when this process dies.
 *  3. The run itself (`perform`): dependencies, links, target, load, faults, read-back. However it ends, all that
 *     it started has stopped when it returns.
 *  4. The traces worth looking at, and the last line.
 *  5. The verdict: a pure function of the journal that lies on disk.
 *  6. `whenJudged` may show it while Jaeger still runs.
 *
 * With a stack that is observed all of it is told there too, while it happens.
 *
 * @throws HarnessError when there can be no journal; everything later is an ending in the journal, not a throw.
 */
export async function run(
  order: RunOrder,
  host: Host,
  parts: Parts,
  tell: Teller,
  whenJudged: (result: RunResult) => Promise<void>,
): Promise<Verdict> {
  const folder = makeRunFolder(order.runsFolder, order.loaded.scenario.name, host.nowMs());
  const early = stopEarly(host, tell);
  try {
    const id = randomUUID();
    await using told = toldTo(order, folder, tell);
    const journal = alsoTold(openJournal(folder, early.stop), told);
    journal.append(describeRun(order, id, host));
    await undoAbandoned(tell);
    await using undo = await startUndo({ runId: id, onNote: tell.step });
    const context = { undo, folder, signal: early.signal, onNote: tell.step };
    const stage = { order, host, parts, tell, journal, context, early };
    const { jaeger, chosen, error } = await perform(stage);
    await using _jaeger = jaeger;
    await keepTraces({
      folder,
      chosen,
      jaeger: order.observing?.jaeger ?? (order.keepsJaeger ? pagesOf(jaeger) : undefined),
      record: journal.append,
    }).catch((failure: Error) => tell.step(`the traces cannot be read again: ${failure.message}`));
    journal.append(endingOf(error, early, host.nowMs()));
    journal[Symbol.dispose]();

    const verdict = judge(readJournal(folder));
    writeFileSync(join(folder, 'verdict.json'), verdictText(verdict));
    told?.verdict(verdict);
    early.release();
    await whenJudged({ verdict, folder, jaeger });
    return verdict;
  } finally {
    early.release();
  }
}

/** Who is told of the run while it happens; undefined: nobody. */
function toldTo({ observing, loaded }: RunOrder, folder: string, tell: Teller): RunTeller | undefined {
  if (observing?.loki === undefined) return undefined;
  const scenario = loaded.scenario.name;
  return tellLoki(observing.loki, { scenario, run: `${scenario}/${basename(folder)}` }, tell.step);
}

function alsoTold(journal: Journal, told: RunTeller | undefined): Journal {
  if (!told) return journal;
  return {
    append(entry) {
      journal.append(entry);
      told.entry(entry);
    },
    [Symbol.dispose]: () => journal[Symbol.dispose](),
  };
}

function pagesOf(jaeger: Service | undefined): string | undefined {
  return jaeger?.ports && `http://127.0.0.1:${jaeger.ports.query}`;
}

async function undoAbandoned(tell: Teller): Promise<void> {
  const { undone, problems } = await playAbandoned();
  for (const runId of undone) tell.step(`undid what the killed run ${runId} had left`);
  for (const problem of problems) tell.step(problem);
}
