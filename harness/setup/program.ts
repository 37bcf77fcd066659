import { spawn } from 'node:child_process';
import type { Env } from './settings.ts';

export interface ProgramSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Env;
  readonly cwd?: string;
  readonly uid?: number | undefined;
  /** Written to its stdin; without, stdin is empty. */
  readonly input?: string;
  /** The terminal is its stdin, for a program that asks for a password. */
  readonly terminal?: boolean;
  readonly signal?: AbortSignal;
  /** Gives what it wrote on stdout alone; an error shows both. */
  readonly only?: 'stdout';
}

/** Lines of output that an error shows. */
const linesShown = 15;

/**
 * Runs a program to its end and gives what it wrote, stdout and stderr in the order they came.
 *
 * @throws ProgramError when it cannot be started or ends with anything but 0; the signal's reason when that
 * ends it.
 */
export async function runProgram(spec: ProgramSpec): Promise<string> {
  spec.signal?.throwIfAborted();
  const { command, args, input, terminal, signal, uid } = spec;
  const running = spawn(command, args, {
    cwd: spec.cwd,
    env: { ...spec.env },
    stdio: [terminal ? 'inherit' : 'pipe', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
    ...(signal && { signal }),
  });
  let output = '';
  let stdout = '';
  running.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (spec.only) stdout += chunk;
  });
  running.stderr?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  // A program that ends before it has read its input closes the pipe; its exit code says what was wrong.
  running.stdin?.on('error', () => undefined).end(input ?? '');
  const ended = Promise.withResolvers<number | string>();
  running.once('error', ended.reject);
  running.once('close', (code, by) => ended.resolve(code ?? by ?? 'nothing'));
  try {
    const code = await ended.promise;
    if (code !== 0) throw new ProgramError(spec, `ended with ${code}`, output);
    return spec.only ? stdout : output;
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof ProgramError ? error : new ProgramError(spec, (error as Error).message, output);
  }
}

/** A program of others that did not do what it was started for. */
export class ProgramError extends Error {
  override name = 'ProgramError';

  constructor({ command, args }: ProgramSpec, what: string, output: string) {
    const end = output.trimEnd().split('\n').slice(-linesShown).join('\n').replace(/^/gm, '  | ');
    super(`\`${[command, ...args].join(' ')}\` ${what}${output ? `:\n${end}` : ''}`);
  }
}
