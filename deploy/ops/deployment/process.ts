import { execFile, spawn } from 'node:child_process';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { readConfig } from '../../../examples/memory-api/config.ts';
import { readAddresses } from '../kit/settings.ts';
import { StoppedError, stoppable } from '../kit/stopping.ts';
import { untilReady } from './until-ready.ts';

const folderOfService = fileURLToPath(new URL('../../../examples/memory-api/', import.meta.url));
const settingsFile = fileURLToPath(new URL('../../memory-api/memory-api.env', import.meta.url));
const script = 'server.ts';
/** Its source, as the harness takes it in a clone: what was built is of the version that was here before, until it is built again. */
const preload = new URL('../../../instrumentation/preload.ts', import.meta.url).href;

export interface ProcessOptions {
  /** Where `service.pid` and `service.log` are. */
  folder: string;
  /** Milliseconds until it is ready, or gone. */
  wait: number;
}

/** @throws ConfigError before anything is started; Error when it runs already, ends at once or is not ready in time: then it is ended */
export async function start({ folder, wait }: ProcessOptions): Promise<void> {
  readConfig({ ...parseEnv(await readFile(settingsFile, 'utf8')), ...process.env });
  const running = await readRunning(folder);
  if (running !== undefined) throw new Error(`it runs already, as process ${running}: service.ts restart`);
  await mkdir(folder, { recursive: true });
  const pid = await launch(folder);
  const settled = new AbortController();
  try {
    await stoppable((stopped) => {
      const signal = AbortSignal.any([stopped, settled.signal]);
      return Promise.race([untilReady(readAddresses().service, wait, signal), untilGone(pid, signal)]);
    });
  } catch (error) {
    if (await isService(pid)) process.kill(pid, 'SIGTERM');
    if (error instanceof StoppedError) throw error;
    throw new Error(`${(error as Error).message}\n${await lastLines(folder)}`, { cause: error });
  } finally {
    settled.abort();
  }
  print(`started as process ${pid}`);
}

/** Nothing new is accepted and what is in flight is finished. @throws Error when that takes too long */
export async function stop({ folder, wait }: ProcessOptions): Promise<void> {
  const pid = await readRunning(folder);
  if (pid === undefined) return print('it does not run');
  process.kill(pid, 'SIGTERM');
  const endMs = performance.now() + wait;
  while (await isService(pid)) {
    if (performance.now() > endMs)
      throw new Error(`process ${pid} is still there after ${wait / 1000} s: kill -9 ${pid} ends it at once`);
    await pause(pauseMs);
  }
  await rm(join(folder, 'service.pid'), { force: true });
  print(`stopped process ${pid}`);
}

const pauseMs = 100;

async function launch(folder: string): Promise<number> {
  const log = await open(join(folder, 'service.log'), 'a');
  try {
    const child = spawn(process.execPath, [`--env-file=${settingsFile}`, `--import=${preload}`, script], {
      cwd: folderOfService,
      env: { ...process.env, HOST: process.env.HOST || '127.0.0.1' },
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
    });
    child.unref();
    const file = join(folder, 'service.pid');
    await writeFile(`${file}.partial`, `${child.pid}\n`);
    await rename(`${file}.partial`, file);
    return child.pid!;
  } finally {
    await log.close();
  }
}

/** Never resolves otherwise. @throws Error when it is gone */
async function untilGone(pid: number, signal: AbortSignal): Promise<never> {
  while (await isService(pid)) await pause(pauseMs, undefined, { signal });
  throw new Error(`process ${pid} ended before it was ready`);
}

/** The process in `service.pid`, when there is one and it is the service: numbers are used again. */
async function readRunning(folder: string): Promise<number | undefined> {
  const text = await readFile(join(folder, 'service.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isSafeInteger(pid) && (await isService(pid)) ? pid : undefined;
}

async function isService(pid: number): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,args=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  // A zombie has ended.
  return stdout.includes(script) && !stdout.startsWith('Z');
}

async function lastLines(folder: string): Promise<string> {
  const log = await readFile(join(folder, 'service.log'), 'utf8');
  return log.trimEnd().split('\n').slice(-10).join('\n');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
