import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, InfrastructureError } from '../errors.ts';
import type { Host } from '../host.ts';
import { type Child, startChild } from '../stack/child.ts';
import { describeExit } from '../stack/ready.ts';
import { preloadUrl } from '../stack/target.ts';
import { startUndo } from '../undo/start.ts';
import { type HookTable, readHookTable } from './hook-table.ts';
import { allHooked, showHookTable } from './show-hook-table.ts';

/** A service that loads much, on a busy machine. */
const patienceMs = 15_000;
const pollMs = 50;
const graceMs = 5000;

/**
 * Starts the service with the preload, waits until one of its servers listens, stops it, and shows which of the packages it
 * loaded are watched. Exit code 0 when all of them are, 1 when not.
 * @throws InfrastructureError when the service does not start, or nothing of it is told.
 */
export async function doctorService(
  command: readonly string[],
  host: Host,
  preload = preloadUrl(),
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'ordeal-doctor-'));
  const interrupted = new AbortController();
  let code: number | undefined;
  const release = host.onSignal((signal) => {
    code = signal === 'SIGINT' ? exitCodes.sigint : exitCodes.sigterm;
    interrupted.abort();
  });
  try {
    const table = await tableOf({ command, host, preload, folder, signal: interrupted.signal });
    if (code !== undefined) return code;
    host.stdout.write(showHookTable(table));
    return allHooked(table) ? exitCodes.met : exitCodes.violated;
  } catch (error) {
    if (code !== undefined) return code;
    throw error;
  } finally {
    release();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Order {
  readonly command: readonly string[];
  readonly host: Host;
  readonly preload: string;
  readonly folder: string;
  readonly signal: AbortSignal;
}

async function tableOf({ command, host, preload, folder, signal }: Order): Promise<HookTable> {
  await using undo = await startUndo({ runId: `doctor-${randomUUID()}` });
  const file = join(folder, 'hooks.json');
  const [program, ...args] = command as [string, ...string[]];
  const options = `${host.env.NODE_OPTIONS ?? ''} --import=${preload}`.trim();
  const env = { ...host.env, NODE_OPTIONS: options, ORDEAL_HOOKS_FILE: file };
  const logFile = join(folder, 'service.log');
  const child = await startChild({ command: program, args, env, cwd: host.cwd, logFile, undo }).catch(
    (cause) => {
      throw new InfrastructureError(
        `${command.join(' ')} cannot be started: ${cause.message}. Expected a program on PATH, got "${program}".`,
        { cause },
      );
    },
  );
  try {
    await untilItListens(file, child, signal);
    const listened = await readHookTable(file);
    const ended = child.exit;
    await child.stop('SIGTERM', graceMs);
    // What it loaded after its server listened is told when it ends in order.
    const table = (await readHookTable(file)) ?? listened;
    if (table && (table.listens || ended?.code === 0 || !ended)) return table;
    throw await nothingCame(command, child, ended !== undefined);
  } finally {
    await child.stop('SIGTERM', graceMs);
  }
}

/** Or until it has ended, or long enough. */
async function untilItListens(file: string, child: Child, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline && !child.exit && !signal.aborted) {
    if ((await readHookTable(file))?.listens) return;
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

async function nothingCame(
  command: readonly string[],
  child: Child,
  ended: boolean,
): Promise<InfrastructureError> {
  const what = ended
    ? `ended before it listened: ${describeExit(child)}`
    : `told nothing within ${patienceMs / 1000} s; expected a service on Node 22.15 or later that takes NODE_OPTIONS`;
  const log = (await child.logTail()) || '(empty)';
  return new InfrastructureError(
    `${command.join(' ')} ${what}. The end of its output:\n${log.replace(/^/gm, '  | ')}`,
  );
}
