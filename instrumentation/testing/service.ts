import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Ended {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** From the last thing it wrote to its end. */
  heldMs: number;
}

/** Node binaries to run the services with: NODE_BINARY, separated by commas; the one of this process by default. */
export const nodeBinaries = process.env.NODE_BINARY?.split(',') ?? [process.execPath];
/** The preload as it is, or as it was built (`PRELOAD=dist/preload.js`), which a Node without type stripping needs. */
const preload = fileURLToPath(new URL(`../${process.env.PRELOAD ?? 'preload.ts'}`, import.meta.url));

/** A fixture run by itself, as anybody would run it. */
export class FixtureService implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  url = '';

  constructor(
    fixture: string,
    options: { env?: Record<string, string>; node?: string; preloaded?: boolean; listens?: boolean },
  ) {
    const file = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url));
    const { env = {}, node = process.execPath, preloaded = true, listens = true } = options;
    this.child = spawn(node, [...(preloaded ? ['--import', preload] : []), file], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe', listens ? 'ipc' : 'ignore'],
    });
    this.ended = end(this.child);
  }

  /** @throws Error with what the service wrote, when it ends before it listens. */
  async listening(): Promise<this> {
    const first = await Promise.race([once(this.child, 'message'), this.ended]);
    if (!Array.isArray(first)) throw new Error(`the fixture ended: ${JSON.stringify(first)}`);
    this.url = `http://127.0.0.1:${first[0].port}`;
    return this;
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

async function end(child: ChildProcess): Promise<Ended> {
  const output = { stdout: '', stderr: '' };
  let wroteAt = performance.now();
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      wroteAt = performance.now();
    });
  const [code, signal] = await once(child, 'close');
  return { code, signal, ...output, heldMs: performance.now() - wroteAt };
}

/** What `look` sees as soon as it sees something. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false,
  withinMs = 15_000,
): Promise<T> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; ) {
    const seen = look();
    if (seen) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited ${withinMs} ms for ${what}`);
}
