import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './pages.ts';
import type { Environment } from './place.ts';

/** A folder with all that this repository has, in which commands can leave their files. */
export interface Clone extends AsyncDisposable {
  folder: string;
}

/**
 * Of `top` it has all but what `ignoredNames` tells: whoever keeps to the runbook leaves a service, backups and evidence in the
 * same folder, and what is typed in a clone must not stop that service, nor delete those backups.
 */
export async function openClone(top = root): Promise<Clone> {
  const notOurs = new Set(['.git', ...(await ignoredNames(top))]);
  notOurs.delete('node_modules');
  const folder = await mkdtemp(join(tmpdir(), 'ops-clone-'));
  for (const name of await readdir(top))
    if (!notOurs.has(name)) await symlink(join(top, name), join(folder, name));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Names in the top folder that `.gitignore` has; git itself is not asked: there may be none, as in an archive. */
export async function ignoredNames(top = root): Promise<string[]> {
  const text = await readFile(join(top, '.gitignore'), 'utf8');
  return [...text.matchAll(/^\/?([\w.-]+)\/?$/gm)].map(([, name]) => name!);
}

export interface Typing {
  cwd: string;
  env: Environment;
  /** Goes before the programs of the machine. */
  path?: readonly string[];
  limitMs: number;
}

const mark = '----8<----';

/**
 * What each of these commands is tried by instead: npm and git would change this repository, `ordeal run` and the bench take
 * minutes and have tests of their own.
 */
const prelude = `
exec 2>&1
npm() { :; }
git() { :; }
npx() { :; }
`;

/**
 * One shell types all blocks, and ends at the first command that fails. Gives what each block printed.
 *
 * @throws Error with everything that was printed, when a command failed
 */
export async function typeAll(
  blocks: readonly string[],
  { cwd, env, path = [], limitMs }: Typing,
): Promise<string[]> {
  const script = [
    prelude,
    ...blocks.map((commands) => `echo '${mark}'; set -x\n${commands}\n{ set +x; } 2>/dev/null`),
  ];
  const shell = spawn('bash', ['-e', '-o', 'pipefail', '-c', script.join('\n')], {
    cwd,
    env: { ...env, PATH: [dirname(process.execPath), ...path, process.env.PATH].join(':'), HOME: cwd },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk) => (output += chunk));
  const closed = once(shell, 'close');
  const timer = setTimeout(() => endGroup(shell.pid!), limitMs);
  const [code] = await closed;
  clearTimeout(timer);
  endGroup(shell.pid!);
  if (code !== 0) throw new Error(`the commands ended with ${code}:\n${output.slice(-20_000)}`);
  return output.split(`${mark}\n`).slice(1);
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}
