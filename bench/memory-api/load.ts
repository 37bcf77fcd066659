import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Plan } from '../../harness/load/plan.ts';
import { sampleOf } from '../../harness/load/samples.ts';
import type { Bench } from './bench.ts';
import { type Route, routes } from './mix.ts';

/** An open model sends whatever comes back; in a closed one each user sends again when it has its answer. */
export type Pace = { readonly ratePerSecond: number } | { readonly virtualUsers: number };

export interface Load {
  readonly baseUrl: string;
  readonly key: string;
  readonly seed: number;
  /** So many of the memories that may go have gone by now, at most. */
  readonly deletedBefore: number;
  readonly pace: Pace;
  /** At this pace, and not measured; what is sent while a rate grows comes before. */
  readonly warmupMs: number;
  readonly forMs: number;
  /** Told once, when the warm-up is over. */
  onWarm?(): void;
}

/** What came back. */
export interface Answers {
  /** Those that were measured. */
  readonly durationsMs: Readonly<Record<Route, number[]>>;
  /** All that were sent, with those of the warm-up. */
  readonly requests: number;
  /** Of those, answers with a status that is not 2xx, or none. */
  readonly failed: number;
  /** How many there were of each such status; 0 is none. */
  readonly failures: Readonly<Record<string, number>>;
  /** Requests that k6 could not send in time, because too many waited for their answers. */
  readonly dropped: number;
}

/**
 * While the rate grows from a tenth to what it is to be. A service that has just started needs 3 to 20 ms of its thread
 * for each of the first hundred requests, and 1.5 ms later: at 300 a second from the start they would all queue.
 */
const growsForMs = 4000;

/** Who sends at a rate: more than wait for their answers even when the service stands still for some time. */
const virtualUsersFor = (ratePerSecond: number) => Math.max(300, ratePerSecond);

/** The mix, sent by k6. @throws Error when k6 fails */
export async function runLoad({ k6, folder, signal }: Bench, load: Load): Promise<Answers> {
  const { pace } = load;
  const open = 'ratePerSecond' in pace;
  const plan: Plan = {
    baseUrl: load.baseUrl,
    seed: load.seed,
    ratePerSecond: open ? pace.ratePerSecond : 0,
    durationMs: growsForMs + load.warmupMs + load.forMs,
    maxVirtualUsers: open ? virtualUsersFor(pace.ratePerSecond) : pace.virtualUsers,
    requests: [],
    options: { key: load.key, deletedBefore: load.deletedBefore, growsForMs, open },
  };
  const planFile = join(folder, 'plan.json');
  writeFileSync(planFile, JSON.stringify(plan));
  const quiet = ['--quiet', '--no-color', '--no-usage-report', '--no-thresholds', '--summary-mode=disabled'];
  const script = join(import.meta.dirname, 'script.ts');
  const child = spawn(k6, ['run', ...quiet, '--system-tags=status,name', '--out=json=-', script], {
    env: { PATH: process.env.PATH, HOME: folder, ORDEAL_PLAN: planFile },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let words = '';
  child.stderr.on('data', (chunk) => {
    words += chunk;
  });
  const ended = once(child, 'close');
  ended.catch(() => {});
  const answers = await collect(child.stdout, load);
  const [code] = await ended;
  if (code !== 0 || /stacktrace|level=error/.test(words))
    throw new Error(`k6 ended with ${code}, expected 0 and no exception; it said: ${words.slice(-2000)}`);
  return answers;
}

async function collect(lines: NodeJS.ReadableStream, { warmupMs, onWarm }: Load): Promise<Answers> {
  const durationsMs = Object.fromEntries(routes.map((route) => [route, [] as number[]])) as Record<
    Route,
    number[]
  >;
  let [requests, failed, dropped] = [0, 0, 0];
  const failures: Record<string, number> = {};
  let beganMs: number | undefined;
  let warm = false;
  for await (const line of createInterface({ input: lines })) {
    const sample = sampleOf(line);
    if (sample?.kind === 'dropped') dropped += sample.count;
    if (sample?.kind !== 'request') continue;
    beganMs ??= sample.atMs;
    requests += 1;
    if (sample.status < 200 || sample.status > 299) {
      failed += 1;
      failures[sample.status] = (failures[sample.status] ?? 0) + 1;
    }
    if (sample.atMs - beganMs < growsForMs + warmupMs) continue;
    if (!warm) onWarm?.();
    warm = true;
    durationsMs[sample.name as Route].push(sample.durationMs);
  }
  return { durationsMs, requests, failed, failures, dropped };
}
