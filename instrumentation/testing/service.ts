import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Ended {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** From the last thing it wrote to its end. */
  heldMs: number;
}

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));

export interface FixtureOptions {
  env?: Record<string, string>;
  /** The Node binary. */
  node?: string;
  /** What `--import` is given; nothing when the service runs by itself. */
  preload?: string | undefined;
  /** Of Node, before the file. */
  flags?: readonly string[];
  /** Of the fixture, after the file. */
  args?: readonly string[];
  /** Whether it sends the message `{ port }` once it listens. */
  listens?: boolean;
}

/** A fixture run by itself, as anybody would run it. */
export class FixtureService implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it wrote so far. */
  readonly output = { stdout: '', stderr: '' };
  url = '';

  constructor(fixture: string, options: FixtureOptions = {}) {
    const file = resolve(fixtures, fixture);
    const { env = {}, node = process.execPath, preload, listens = true, flags = [] } = options;
    const imports = preload ? ['--import', preload] : [];
    this.child = spawn(node, [...imports, ...flags, file, ...(options.args ?? [])], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe', listens ? 'ipc' : 'ignore'],
    });
    this.ended = end(this.child, this.output);
  }

  /** @throws Error with what the service wrote, when it ends before it listens. */
  async listening(): Promise<this> {
    const first = await Promise.race([once(this.child, 'message'), this.ended]);
    if (!Array.isArray(first)) throw new Error(`the fixture ended: ${JSON.stringify(first)}`);
    this.url = `http://127.0.0.1:${first[0].port}`;
    return this;
  }

  /** The size of V8's young generation in MB of 2^20 bytes, of a fixture that tells it. */
  async youngMb(): Promise<number> {
    const answer = once(this.child, 'message');
    this.child.send('young');
    const [{ youngMb }] = await answer;
    return youngMb;
  }

  async stop(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

async function end(child: ChildProcess, output: { stdout: string; stderr: string }): Promise<Ended> {
  let wroteAt = performance.now();
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      wroteAt = performance.now();
    });
  const [code, signal] = await once(child, 'close');
  return { code, signal, ...output, heldMs: performance.now() - wroteAt };
}
