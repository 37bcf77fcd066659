import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Undo } from '../undo/undo.ts';

export interface ChildSpec {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; nothing is inherited, `undo.env` is added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Run as this user and its group; needs root. */
  readonly uid?: number;
  /** Appended to; its folder is made when it is not there. */
  readonly logFile: string;
  readonly undo: Undo;
  /** `pipe` leaves stdout to the caller as `Child.stdout`; stderr always goes to the log. */
  readonly stdout?: 'log' | 'pipe';
  /** Who gets the signals of `send` and `stop`: everything that it started too (the default), or itself alone. */
  readonly signals?: 'group' | 'process';
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of ours that runs. Disposing it is `stop()`. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Resolves when the process is gone, whoever ended it; never rejects. */
  readonly exited: Promise<Exit>;
  /** How it ended; undefined while it runs. */
  readonly exit: Exit | undefined;
  /** Only with `stdout: 'pipe'`. */
  readonly stdout: Readable | undefined;
  /** The last `lines` lines of the log, 20 when not said; empty when there is none. */
  logTail(lines?: number): Promise<string>;
  /** To its group or to itself alone, as the spec says. That it is gone already is no error. */
  send(signal: NodeJS.Signals): void;
  /** Whether it is gone within that time. */
  endsWithin(timeMs: number): Promise<boolean>;
  /** Sends `signal` (SIGTERM), then SIGKILL after `graceMs` (5,000); resolves when it is gone. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<Exit>;
}

/**
 * Starts a program in a process group of its own, so that Ctrl-C in the terminal reaches the harness alone and
 * the harness can heal first. The watchdog knows of it as soon as it exists. When the process ends, whatever is
 * left of its group is killed.
 *
 * @throws the system's error (`ENOENT`, `EACCES`) when the program cannot be started.
 */
export async function startChild(spec: ChildSpec): Promise<Child> {
  await mkdir(dirname(spec.logFile), { recursive: true });
  const log = await open(spec.logFile, 'a');
  try {
    const running = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: { ...spec.env, ...spec.undo.env },
      detached: true,
      stdio: ['ignore', spec.stdout === 'pipe' ? 'pipe' : log.fd, log.fd],
      ...(spec.uid !== undefined && { uid: spec.uid, gid: spec.uid }),
    });
    if (running.pid !== undefined) spec.undo.process(running.pid);
    const child = new RunningChild(running, spec);
    await once(running, 'spawn');
    return child;
  } finally {
    await log.close();
  }
}

class RunningChild implements Child {
  readonly exited: Promise<Exit>;
  readonly stdout: Readable | undefined;
  exit: Exit | undefined;
  readonly #running: ChildProcess;
  readonly #spec: ChildSpec;

  constructor(running: ChildProcess, spec: ChildSpec) {
    this.#running = running;
    this.#spec = spec;
    this.stdout = running.stdout ?? undefined;
    this.exited = new Promise((resolve) => {
      running.once('exit', (code, signal) => {
        this.exit = { code, signal };
        sendSignal(-this.pid, 'SIGKILL');
        resolve(this.exit);
      });
    });
  }

  get pid(): number {
    return this.#running.pid!;
  }

  logTail(lines = 20): Promise<string> {
    return tail(this.#spec.logFile, lines);
  }

  send(signal: NodeJS.Signals): void {
    if (!this.exit) sendSignal(this.#spec.signals === 'process' ? this.pid : -this.pid, signal);
  }

  async endsWithin(timeMs: number): Promise<boolean> {
    const inTime = new AbortController();
    const late = sleep(timeMs, undefined, { signal: inTime.signal }).catch(() => undefined);
    await Promise.race([this.exited, late]);
    inTime.abort();
    return this.exit !== undefined;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM', graceMs = 5_000): Promise<Exit> {
    this.send(signal);
    if (!(await this.endsWithin(graceMs))) sendSignal(-this.pid, 'SIGKILL');
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** A negative pid means its group, as in kill(2). That it is gone already is no error. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Enough for a few dozen long lines; a log may have grown to gigabytes. */
const tailBytes = 64 * 1024;

/** The last `lines` lines of a file; empty when it is not there. */
export async function tail(file: string, lines: number): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    await handle.close();
  }
}
