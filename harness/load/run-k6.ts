import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HarnessError } from '../errors.ts';
import type { CheckEntry, LoadEntry, RequestEntry, WriteEntry } from '../journal/entry.ts';
import { type Child, startChild } from '../stack/child.ts';
import type { Undo } from '../undo/undo.ts';
import type { Plan } from './plan.ts';
import { sampleOf } from './samples.ts';

export interface LoadOptions {
  k6: string;
  plan: Plan;
  /** The scenario's own script; the one that sends `plan.requests` when undefined. */
  script?: string;
  folder: string;
  undo: Undo;
  signal: AbortSignal;
  nowMs(): number;
  onEntry(entry: RequestEntry | CheckEntry | WriteEntry | LoadEntry): void;
}

/** k6 at work. */
export interface LoadRun {
  /** Resolves when k6 sent its first iteration: the time from which the plan counts. */
  readonly began: Promise<void>;
  /** Resolves when k6 has ended and every sample was handed on. @throws HarnessError when k6 failed. */
  readonly finished: Promise<void>;
  stop(): Promise<unknown>;
}

const ownScript = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './script.ts' : './script.js', import.meta.url),
);
const logName = 'k6.log';
const loadEntryEveryMs = 1000;
/** k6's exit codes: https://github.com/grafana/k6/blob/master/errext/exitcodes/codes.go */
const exitMeanings: Record<number, string> = { 104: 'configuration invalid', 107: 'the script threw' };

/** Starts k6 on the plan and hands on its samples as they come; nothing is kept, so memory does not grow. */
export async function startLoad(options: LoadOptions): Promise<LoadRun> {
  const planFile = join(options.folder, 'plan.json');
  writeFileSync(planFile, `${JSON.stringify(options.plan, null, 2)}\n`);
  const child = await startChild({
    command: options.k6,
    args: k6Arguments(options.script ?? ownScript),
    env: { PATH: process.env.PATH ?? '', HOME: options.folder, ORDEAL_PLAN: planFile },
    cwd: options.folder,
    logFile: join(options.folder, logName),
    stdout: 'pipe',
    undo: options.undo,
  });
  return follow(child, options);
}

function k6Arguments(script: string): string[] {
  const tags = '--system-tags=status,method,name,error_code,check';
  const quiet = ['--quiet', '--no-color', '--no-usage-report', '--no-thresholds', '--summary-mode=disabled'];
  return ['run', ...quiet, tags, '--log-format=json', '--out=json=-', script];
}

function follow(child: Child, options: LoadOptions): LoadRun {
  const began = Promise.withResolvers<void>();
  began.promise.catch(() => {});
  let counts = { iterations: 0, droppedIterations: 0 };
  const tell = (exit?: { exitCode: number | null }) => {
    options.onEntry({ kind: 'load', atMs: options.nowMs(), ...counts, ...exit });
    counts = { iterations: 0, droppedIterations: 0 };
  };
  const timer = setInterval(() => tell(), loadEntryEveryMs);
  const read = async () => {
    for await (const line of createInterface({ input: child.stdout! })) {
      const sample = sampleOf(line);
      if (!sample) continue;
      began.resolve();
      if (sample.kind === 'iteration') counts.iterations += 1;
      else if (sample.kind === 'dropped') counts.droppedIterations += sample.count;
      else options.onEntry(sample);
    }
  };
  const finish = async () => {
    try {
      const [{ code, signal }] = await Promise.all([child.exited, read()]);
      tell({ exitCode: code });
      if (!options.signal.aborted) await refuseBadEnd(options.folder, code, signal);
      began.resolve();
    } catch (error) {
      began.reject(error);
      throw error;
    } finally {
      clearInterval(timer);
    }
  };
  const finished = finish();
  finished.catch(() => {});
  return { began: began.promise, finished, stop: () => child.stop('SIGTERM', 2000) };
}

async function refuseBadEnd(folder: string, code: number | null, signal: string | null): Promise<void> {
  const { thrown, last } = await readLog(join(folder, logName));
  if (thrown)
    throw new HarnessError(
      `The k6 script threw: ${thrown}. Mend the script; its log is ${logName} in the run's folder.`,
    );
  if (code === 0) return;
  const how = signal
    ? `was ended by ${signal}`
    : `ended with exit code ${code} (${exitMeanings[code ?? 0] ?? 'a failure of k6'})`;
  throw new HarnessError(
    `k6 ${how} before the load was over; expected exit code 0. Its last words: ${last ?? 'none'}`,
  );
}

/** k6 goes on after an exception in an iteration and ends with 0; its log is where it says so. */
async function readLog(path: string): Promise<{ thrown?: string; last?: string }> {
  let last: string | undefined;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const entry = parse(line);
    if (entry?.source === 'stacktrace') return { thrown: entry.msg.split('\n').slice(0, 2).join(' ').trim() };
    last = entry?.msg ?? last;
  }
  return last === undefined ? {} : { last };
}

/** What k6 wrote while it was killed may be cut off. */
function parse(line: string): { msg: string; source?: string } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
