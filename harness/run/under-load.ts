import { resolve } from 'node:path';
import type { Reach } from '../faults/fault.ts';
import { lookAt } from '../faults/look/look-at.ts';
import type { Entry } from '../journal/entry.ts';
import { planOf } from '../load/plan.ts';
import { startLoad } from '../load/run-k6.ts';
import type { Phase } from '../scenario/scenario.ts';
import type { Target } from '../stack/target.ts';
import { conduct } from './conduct.ts';
import type { Links } from './links.ts';
import type { Progress } from './progress.ts';
import { Prover } from './prover.ts';
import type { Stage } from './stage.ts';
import { watchLinks } from './watch-links.ts';
import { watchMachine } from './watch-machine.ts';

interface UnderLoad {
  step(text: string): void;
  view: Progress;
  onPhase(phase: Phase): void;
  seen(entry: Entry): void;
}

/** Sends the load; along it the phases, the faults and their proofs. @throws why it ended before its plan was over. */
export async function underLoad(
  stage: Stage,
  target: Target,
  links: Links,
  reach: Reach,
  { step, view, onPhase, seen }: UnderLoad,
) {
  const { order, host, parts, tell, context, early } = stage;
  const { scenario, folder } = order.loaded;
  const { nowMs } = host;
  const { signal } = context;
  const prover = new Prover({
    faults: scenario.faults,
    looks: scenario.faults.map(({ fault }) => lookAt(fault, reach, target.url + scenario.target.ready.path)),
    nowMs,
    onProof: seen,
  });
  const load = await startLoad({
    k6: order.k6,
    plan: planOf(scenario, order.seed, target.url),
    ...(scenario.load.script ? { script: resolve(folder, scenario.load.script) } : {}),
    folder: context.folder,
    undo: context.undo,
    signal,
    nowMs,
    onEntry: seen,
  });
  const over = new AbortController();
  const during = AbortSignal.any([signal, over.signal]);
  const orStop = (work: Promise<void>) => work.catch((error: Error) => during.aborted || early.stop(error));
  const showing = setInterval(() => tell.status(view.line(nowMs())), 1000);
  using _links = watchLinks(links.all, nowMs, seen);
  using _machine = watchMachine(nowMs, seen);
  try {
    await load.began;
    const finished = orStop(load.finished);
    const watching = orStop(prover.watch(during));
    await conduct({
      scenario,
      prover,
      inject: (fault, it, forMs) => parts.inject(fault, reach, it, forMs),
      nowMs,
      signal,
      record: seen,
      step,
      onPhase: (phase, endsAtMs) => {
        onPhase(phase);
        view.enter(phase, endsAtMs);
        step(`phase ${phase}`);
      },
    });
    await finished;
    over.abort();
    await watching;
    signal.throwIfAborted();
  } finally {
    over.abort();
    clearInterval(showing);
    await load.stop();
    await load.finished.catch(() => {});
  }
}
