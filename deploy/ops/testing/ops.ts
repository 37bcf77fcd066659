import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Environment } from './place.ts';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A script of deploy/ops as a process of its own, to its end. */
export async function ops(
  name: string,
  args: readonly string[],
  env: Environment = {},
  input = '',
): Promise<Ended> {
  const child = startOps(name, args, env);
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text) => (texts[stream] += text));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

export function startOps(name: string, args: readonly string[], env: Environment = {}) {
  const file = fileURLToPath(new URL(`../${name}.ts`, import.meta.url));
  return spawn(process.execPath, [file, ...args], { env: { PATH: process.env.PATH, ...env }, stdio: 'pipe' });
}
