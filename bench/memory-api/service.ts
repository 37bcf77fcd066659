import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../../examples/memory-api/test-servers.ts';
import { type Bench, dimensions, type Place } from './bench.ts';
import type { Lookups } from './watch.ts';

export interface Service extends AsyncDisposable {
  readonly baseUrl: string;
  readonly pid: number;
  /** Lookups in the cache since the last call. */
  lookups(): Promise<Lookups>;
}

const example = join(import.meta.dirname, '../../examples/memory-api');
const stopLimitMs = 15_000;
/** Requests in a minute. */
const beyondEveryRate = '10000000';

/**
 * The memory API as a process of its own, as it is by default but for this: embeddings have 384 dimensions, and what one
 * user and one key may send in a minute is lifted, since the load of 200 users comes from one place with one key, and the
 * first of them asks the most. Keys are asked for, and the limits are counted in Redis.
 */
export async function startService(
  { signal }: Pick<Bench, 'signal'>,
  { url, redisUrl }: Place,
  settings: Record<string, string> = {},
): Promise<Service> {
  const child = spawn(
    process.execPath,
    [...nodeArguments(), '--import', join(import.meta.dirname, 'watch.ts'), join(example, 'server.ts')],
    {
      cwd: example,
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        DATABASE_URL: url,
        REDIS_URL: redisUrl,
        EMBEDDINGS_DIMENSIONS: `${dimensions}`,
        RATE_LIMIT_PER_USER: beyondEveryRate,
        RATE_LIMIT_PER_SERVICE: beyondEveryRate,
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  const exited = once(child, 'exit');
  exited.catch(() => {});
  let beginning = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => {
      if (beginning.length < 20_000) beginning += chunk;
    });
  const dispose = async () => {
    child.kill('SIGTERM');
    const limit = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    await exited;
    clearTimeout(limit);
  };
  const listening = /listening at (http:\/\/[\d.:]+)/i;
  try {
    await until(() => {
      signal.throwIfAborted();
      return listening.test(beginning) || child.exitCode !== null;
    }, 20_000);
    const baseUrl = listening.exec(beginning)?.[1];
    if (!baseUrl) throw new Error(`the memory API did not start, it said: ${beginning}`);
    return {
      baseUrl,
      pid: child.pid!,
      lookups: async () => {
        const answered = once(child, 'message', { signal: AbortSignal.timeout(5000) });
        child.send('lookups');
        const [lookups] = await answered;
        return lookups as Lookups;
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    if (child.exitCode === null && child.signalCode === null) await dispose();
    throw error;
  }
}

/** For whoever looks for what is slow: `BENCH_NODE_ARGUMENTS='--cpu-prof --cpu-prof-dir=…'`. */
function nodeArguments(): string[] {
  return (process.env.BENCH_NODE_ARGUMENTS ?? '').split(' ').filter(Boolean);
}
