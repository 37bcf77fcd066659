import { resolve } from 'node:path';
import { tryLink } from '../faults/probe.ts';
import type { Host } from '../host.ts';
import type { Entry, SpanEntry, WriteEntry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import { planOf } from '../load/plan.ts';
import { startLoad } from '../load/run-k6.ts';
import type { Phase } from '../scenario/scenario.ts';
import { freePort } from '../stack/free-port.ts';
import { type Service, type StartContext, serviceUrl } from '../stack/service.ts';
import { startStack } from '../stack/stack.ts';
import { startTarget, type Target } from '../stack/target.ts';
import { type ChosenTrace, TraceChooser } from '../telemetry/choose.ts';
import type { Receiver } from '../telemetry/receiver.ts';
import { conduct } from './conduct.ts';
import { type Early, TargetGone } from './ending.ts';
import { type Links, openLinks } from './links.ts';
import type { Parts } from './parts.ts';
import { Progress } from './progress.ts';
import { Prover } from './prover.ts';
import { readBack } from './read-back.ts';
import type { RunOrder, Teller } from './run.ts';
import { settled } from './settled.ts';
import { watchLinks } from './watch-links.ts';

export interface Stage {
  order: RunOrder;
  host: Host;
  parts: Parts;
  tell: Teller;
  journal: Journal;
  context: StartContext;
  early: Early;
}

export interface Performance {
  /** Left running, so that its traces can be looked at. */
  jaeger: Service | undefined;
  chosen: ChosenTrace[];
  /** Why it ended before its plan was over. */
  error: unknown;
}

/** Puts the target through the ordeal. Never throws; all but Jaeger has stopped when it returns. */
export async function perform(stage: Stage): Promise<Performance> {
  const chooser = new TraceChooser();
  const jaeger = stage.order.provider.startJaeger(stage.context).catch((error: Error) => {
    stage.tell.step(`Jaeger did not start, traces stay in the run folder: ${error.message.split('\n')[0]}`);
    return undefined;
  });
  let error: unknown;
  try {
    await ordeal(stage, jaeger, chooser);
  } catch (thrown) {
    error = firstOf(thrown);
  }
  return { jaeger: await jaeger, chosen: chooser.chosen(), error };
}

/** When stopping failed as well, what came first is what a person has to know. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error;
}

/**
 *  1. Dependencies, all at once; Jaeger beside them.
 *  2. A link in front of each, and the receiver of what the target says.
 *  3. The target, over the links.
 *  4. Load; along it the phases, the faults and their proofs.
 *  5. What was written is read back; what was still under way arrives.
 */
async function ordeal(stage: Stage, jaegerStarting: Promise<Service | undefined>, chooser: TraceChooser) {
  const { order, host, tell, context, journal } = stage;
  const { scenario } = order.loaded;
  const record = journal.append;
  const step = (text: string) => {
    record({ kind: 'step', atMs: host.nowMs(), text });
    tell.step(text);
  };

  await using stack = await startStack(order.provider, scenario.stack, context);
  for (const { name, version, port } of stack.services.values())
    step(`started ${name}: ${version} on port ${port}`);
  const jaeger = await jaegerStarting;
  if (jaeger) step(`started jaeger: ${jaeger.version}`);
  else step('no Jaeger: traces stay in the run folder');

  await using links = await openLinks(scenario, stack, order.seed);
  const view = new Progress();
  let phase: Phase = 'warmup';
  const seen = (entry: Entry) => {
    record(entry);
    view.add(entry);
    if (entry.kind === 'span') chooser.add(entry as SpanEntry, phase);
  };
  await using receiver = await stage.parts.startReceiver({
    folder: context.folder,
    onEntry: seen,
    ...(jaeger?.ports ? { forwardTo: `http://127.0.0.1:${jaeger.ports.otlpHttp}` } : {}),
  });
  await using target = await startWatchedTarget(stage, links, receiver, step);

  const writes: WriteEntry[] = [];
  await underLoad(stage, target, links, {
    step,
    view,
    onPhase: (next) => {
      phase = next;
    },
    seen: (entry) => {
      seen(entry);
      if (entry.kind === 'write') writes.push(entry);
    },
  });

  if (scenario.writes) {
    const database = stack.services.get(scenario.writes.service)!;
    const acknowledged = writes.filter(({ outcome }) => outcome === 'acknowledged');
    step(`reading back ${acknowledged.length} acknowledged writes`);
    await readBack({
      writes: scenario.writes,
      databaseUrl: serviceUrl('postgres', database.host, database.port),
      targetUrl: target.url,
      acknowledged,
      nowMs: host.nowMs,
      signal: context.signal,
      onEntry: record,
    });
  }
  if (scenario.target.preload) await settled(() => receiver.serverSpans, context.signal);
}

/** A target whose end, unless we asked for it, is in the journal and stops the run. */
async function startWatchedTarget(
  stage: Stage,
  links: Links,
  receiver: Receiver,
  step: (text: string) => void,
): Promise<Target> {
  const { order, host, context, journal, early } = stage;
  const { scenario, folder } = order.loaded;
  const target = await startTarget({
    spec: scenario.target,
    scenarioFolder: folder,
    port: await freePort(),
    addresses: links.addresses,
    telemetryUrl: receiver.url,
    env: host.env,
    name: scenario.name,
    folder: context.folder,
    undo: context.undo,
    signal: context.signal,
  });
  let asked = false;
  journal.append({ kind: 'target', atMs: host.nowMs(), event: 'ready' });
  step(`started target: ready at ${target.url}${scenario.target.ready.path}`);
  void target.exited.then(async ({ code, signal }) => {
    const how = { exitCode: code, signal };
    if (asked) return journal.append({ kind: 'target', atMs: host.nowMs(), event: 'stopped', ...how });
    const atMs = host.nowMs();
    journal.append({ kind: 'target', atMs, event: 'exited', ...how, logTail: await target.logTail() });
    early.stop(new TargetGone(`the target ended by itself (${signal ?? `exit code ${code}`})`));
  });
  const stop = () => {
    asked = true;
    return target.stop();
  };
  return { ...target, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

interface UnderLoad {
  step(text: string): void;
  view: Progress;
  onPhase(phase: Phase): void;
  seen(entry: Entry): void;
}

async function underLoad(
  stage: Stage,
  target: Target,
  links: Links,
  { step, view, onPhase, seen }: UnderLoad,
) {
  const { order, host, parts, tell, context, early } = stage;
  const { scenario, folder } = order.loaded;
  const { nowMs } = host;
  const { signal } = context;
  const prover = new Prover({
    faults: scenario.faults,
    tryLink: (link, timeoutMs, it) =>
      tryLink(links.kind(link), '127.0.0.1', links.link(link).port, timeoutMs, it),
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
  try {
    await load.began;
    const finished = orStop(load.finished);
    const watching = orStop(prover.watch(during));
    await conduct({
      scenario,
      prover,
      inject: (fault, it) => parts.inject(fault, links, it),
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
