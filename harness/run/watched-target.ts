import { join } from 'node:path';
import { startTarget, type Target } from '../stack/target.ts';
import type { Receiver } from '../telemetry/receiver.ts';
import { TargetGone } from './ending.ts';
import type { Links } from './links.ts';
import type { Stage } from './stage.ts';

/** A target whose end, unless we asked for it, is in the journal and stops the run. */
export async function startWatchedTarget(
  stage: Stage,
  links: Links,
  receiver: Receiver,
  controlEnv: Readonly<Record<string, string>>,
  step: (text: string) => void,
): Promise<Target> {
  const { order, host, context, journal, early } = stage;
  const { scenario, folder } = order.loaded;
  const target = await startTarget({
    spec: scenario.target,
    scenarioFolder: folder,
    addresses: links.addresses,
    telemetryUrl: receiver.url,
    controlEnv,
    env: host.env,
    compileCache: join(order.cacheFolder, 'compile'),
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
    const logTail = await target.logTail();
    journal.append({ kind: 'target', atMs, event: 'exited', ...how, logTail });
    early.stop(new TargetGone(`the target ended by itself (${signal ?? `exit code ${code}`})`));
  });
  const stop = () => {
    asked = true;
    return target.stop();
  };
  return { ...target, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}
