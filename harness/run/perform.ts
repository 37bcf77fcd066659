import { openControl } from '../faults/control/open-control.ts';
import type { Entry } from '../journal/entry.ts';
import { isLinkFault } from '../scenario/place.ts';
import type { Phase } from '../scenario/scenario.ts';
import { type Service, serviceUrl } from '../stack/service.ts';
import { startStack } from '../stack/stack.ts';
import { type ChosenTrace, TraceChooser } from '../telemetry/choose.ts';
import { openLinks } from './links.ts';
import { openPage } from './page.ts';
import { passedOnTo } from './passed-on-to.ts';
import { Progress } from './progress.ts';
import { acknowledgedWrites, readBack } from './read-back.ts';
import { settled } from './settled.ts';
import type { Stage } from './stage.ts';
import { underLoad } from './under-load.ts';
import { startWatchedTarget } from './watched-target.ts';

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
  const jaeger = startJaeger(stage).catch((error: Error) => {
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

/** None where there is one already that the run reports to. */
async function startJaeger({ order, context }: Stage): Promise<Service | undefined> {
  return order.observing?.otlp === undefined ? order.provider.startJaeger(context) : undefined;
}

/** When stopping failed as well, what came first is what a person has to know. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error;
}

/**
 *  1. Dependencies, all at once; Jaeger beside them.
 *  2. A link in front of each, the receiver of what the target says, and the way into it when a fault acts within.
 *  3. The target, over the links.
 *  4. Load; along it the phases, the faults and their proofs.
 *  5. What was written is read back; what was still under way arrives.
 */
async function ordeal(stage: Stage, jaegerStarting: Promise<Service | undefined>, chooser: TraceChooser) {
  const { order, host, tell, context, journal, early } = stage;
  const { scenario } = order.loaded;
  const record = journal.append;
  const step = (text: string) => {
    record({ kind: 'step', atMs: host.nowMs(), text });
    tell.step(text);
  };

  await using stack = await startStack(order.provider, scenario.stack, context, {
    folder: order.loaded.folder,
    env: host.env,
  });
  for (const { name, version, port } of stack.services.values())
    step(`started ${name}: ${version} on port ${port}`);
  void stack.broken.then(early.stop);
  const jaeger = await jaegerStarting;
  context.signal.throwIfAborted();
  if (jaeger) step(`started jaeger: ${jaeger.version}`);

  await using links = await openLinks(scenario, stack, order.seed);
  const view = new Progress();
  let phase: Phase | undefined;
  const seen = (entry: Entry) => {
    record(entry);
    view.add(entry);
    if (entry.kind === 'span' && phase) chooser.add(entry, phase);
  };
  await using receiver = await stage.parts.startReceiver({
    folder: context.folder,
    onEntry: seen,
    ...passedOnTo(jaeger, order.observing),
  });
  const needsControl = scenario.faults.some(({ fault }) => !isLinkFault(fault));
  await using control = needsControl ? await openControl() : undefined;
  await using page = await openPage(stage);
  const ways = { ...control?.env, ...page?.env };
  await using target = await startWatchedTarget(stage, links, receiver, ways, step);

  await control?.arrival(context.signal);
  const reach = { link: links.link, kind: links.kind, ...(control && { control }) };
  await underLoad(stage, target, links, reach, {
    step,
    view,
    onPhase: (next) => {
      phase = next;
    },
    seen,
  });

  if (scenario.writes) {
    const database = stack.services.get(scenario.writes.service)!;
    step('reading back the acknowledged writes');
    await readBack({
      writes: scenario.writes,
      databaseUrl: serviceUrl('postgres', database.host, database.port),
      targetUrl: target.url,
      acknowledged: acknowledgedWrites(context.folder),
      nowMs: host.nowMs,
      signal: context.signal,
      onEntry: record,
    });
  }
  if (scenario.target.preload) await settled(() => receiver.serverSpans, context.signal);
  if (receiver.notForwarded > 0)
    step(`${receiver.notForwarded} messages could not be passed on; the run folder has them`);
}
