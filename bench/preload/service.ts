import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant } from './contestants.ts';
import type { Cores } from './cores.ts';

export type ServiceName = 'raw' | 'fastify' | 'chatty';

export interface ServiceSpec {
  readonly service: ServiceName;
  readonly contestant: Contestant;
  readonly sinkUrl: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly cores: Cores | undefined;
  /** Of node, beside those of the contestant. */
  readonly flags: readonly string[];
}

const longestEndMs = 15_000;

/** One of the services, watched by one contestant. */
export class Service implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly port: number;
  /** From spawning it to its first answer. */
  readonly startMs: number;

  constructor(child: ChildProcess, port: number, startMs: number) {
    this.#child = child;
    this.port = port;
    this.startMs = startMs;
  }

  /** @throws Error when it ends before it listens, or answers with an error. */
  static async start({
    service,
    contestant,
    sinkUrl,
    dependencies,
    cores,
    flags,
  }: ServiceSpec): Promise<Service> {
    const script = join(import.meta.dirname, 'services', `${service}.cjs`);
    const [program, ...args] = [
      ...(cores?.service ?? []),
      process.execPath,
      ...flags,
      ...contestant.nodeArguments,
      script,
    ];
    const beganMs = performance.now();
    const child = spawn(program!, args, {
      cwd: contestant.folder,
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        ...dependencies,
        ...contestant.environment(sinkUrl),
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`${service} with ${contestant.name} ended before it listened: ${code ?? signal}`);
    });
    ended.catch(() => {});
    const [{ port }] = await Promise.race([once(child, 'message'), ended]);
    const status = await statusOf(`http://127.0.0.1:${port}/memories/1`);
    const startMs = performance.now() - beganMs;
    if (status === 200) return new Service(child, port, startMs);
    child.kill('SIGKILL');
    throw new Error(`expected ${service} with ${contestant.name} to answer 200, got ${status}`);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The size of V8's young generation. */
  async youngMb(): Promise<number> {
    const answer = once(this.#child, 'message');
    this.#child.send('young');
    const [{ youngMb }] = await answer;
    return youngMb;
  }

  /** Ends it as a deployment would, with SIGTERM. Returns whether it ended by itself; it is killed after 15 s. */
  async end(): Promise<boolean> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return true;
    const exited = once(this.#child, 'exit').then(() => true);
    this.#child.kill('SIGTERM');
    const patience = new AbortController();
    const late = sleep(longestEndMs, false, { signal: patience.signal }).catch(() => false);
    const byItself = await Promise.race([exited, late]);
    patience.abort();
    if (!byItself) this.#child.kill('SIGKILL');
    await exited;
    return byItself;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

/** `agent: false`: the connection is closed, so that it does not hold up the end of the service. */
function statusOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) =>
      response.resume().on('end', () => resolve(response.statusCode!)),
    ).on('error', reject);
  });
}
