import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './pages.ts';
import type { Environment } from './place.ts';

/** A folder with all that this repository has, in which commands can leave their files. */
export interface Clone extends AsyncDisposable {
  folder: string;
}

export async function openClone(): Promise<Clone> {
  const folder = await mkdtemp(join(tmpdir(), 'ops-clone-'));
  const notOurs = ['.git', 'runs'];
  for (const name of await readdir(root))
    if (!notOurs.includes(name)) await symlink(join(root, name), join(folder, name));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
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
