import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../examples/memory-api/test-servers.ts';

/** A server as a process of its own on 127.0.0.1, with a folder for its data; gone when disposed. */
export interface TestProcess extends AsyncDisposable {
  readonly url: string;
  /** Everything it has written until now. */
  log(): Promise<string>;
  /** As a crash would; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface ProcessOptions {
  command: string;
  /** Made of the folder for its data. */
  args: (folder: string) => readonly string[];
  /** In which it is started; its own folder when left out. */
  cwd?: string;
  env?: Readonly<Record<string, string>> | ((folder: string) => Readonly<Record<string, string>>);
  url: string;
  /** Answers 2xx when it is ready. */
  readyPath: string;
}

const startLimitMs = 60_000;

/** @throws Error with what it wrote, when it ends or is not ready within a minute */
export async function startProcess(options: ProcessOptions): Promise<TestProcess> {
  const { command, url, readyPath } = options;
  const folder = await mkdtemp(join(tmpdir(), 'ordeal-alerts-'));
  const logFile = join(folder, 'log');
  const output = await open(logFile, 'a');
  const env = typeof options.env === 'function' ? options.env(folder) : options.env;
  const child = spawn(command, options.args(folder), {
    cwd: options.cwd ?? folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', output.fd, output.fd],
  });
  await output.close();
  const started: TestProcess = {
    url,
    log: () => readFile(logFile, 'utf8'),
    kill: () => end(child),
    async [Symbol.asyncDispose]() {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await until(async () => hasEnded(child) || (await fetch(url + readyPath)).ok, startLimitMs);
    if (hasEnded(child)) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    return started;
  } catch (cause) {
    const log = await started.log();
    await started[Symbol.asyncDispose]();
    throw new Error(`${command} at ${url} did not get ready:\n${log}`, { cause });
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
