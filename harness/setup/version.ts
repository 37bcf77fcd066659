import type { Host } from './part.ts';
import { runProgram } from './program.ts';

/** A program that takes longer to say its version than this is broken. */
const patienceMs = 5_000;

/**
 * Runs a program and takes its version from what it prints: the first group of `pattern`.
 *
 * @throws Error when it does not run, or prints something else.
 */
export async function askVersion(
  host: Host,
  program: string,
  args: readonly string[],
  pattern: RegExp,
  uid?: number,
): Promise<string> {
  const signal = AbortSignal.timeout(patienceMs);
  const printed = await runProgram({ command: program, args, env: host.env, signal, uid });
  const version = pattern.exec(printed)?.[1];
  if (!version) throw new Error(`${args.join(' ')} printed no version: ${printed.slice(0, 200)}`);
  return version;
}

/** An objection when `version` is older than `least`, both as dotted numbers. */
export function olderThan(version: string, least: string): string | undefined {
  const have = version.split('.').map(Number);
  for (const [index, want] of least.split('.').map(Number).entries()) {
    const part = have[index] ?? 0;
    if (part > want) return undefined;
    if (part < want) return `version ${version} is older than ${least}`;
  }
  return undefined;
}
