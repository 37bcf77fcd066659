import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Gate, gate } from '../../harness/setup/fixtures/parts.ts';
import { lock } from '../../harness/setup/lock.ts';
import { readSettings } from '../../harness/setup/settings.ts';

/** The lines of Node that services are run on, and the version of each; 24 is the Node that runs the tests. */
const versions = { '20': '20.20.2', '22': '22.23.3', '26': '26.10.0' } as const;
export type NodeLine = keyof typeof versions | '24';
/** Those that the preload supports. */
export const supportedLines = ['22', '24', '26'] as const satisfies NodeLine[];

const run = promisify(execFile);
const patienceMs = 180_000;

/**
 * A Node of that line. Those that do not run the tests come from the npm packages `node-<platform>-<arch>` and stay
 * in the project's cache folder.
 * @throws Error when npm cannot get it.
 */
export async function nodeBinary(line: NodeLine): Promise<string> {
  if (line === '24') return process.execPath;
  const folder = join(cacheFolder(), 'nodes', versions[line]);
  const binary = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(binary)) return binary;
  await using _ = await lock(dirname(folder), () => {}, AbortSignal.timeout(patienceMs));
  if (!existsSync(binary)) await get(versions[line], folder);
  return binary;
}

/** Whether tests that need these lines run here. */
export async function needsNodes(...lines: readonly NodeLine[]): Promise<Gate> {
  const tried = await Promise.allSettled(lines.map(nodeBinary));
  return gate(tried.flatMap((it) => (it.status === 'rejected' ? [(it.reason as Error).message] : [])));
}

/** Installed beside its place and moved there in one step, so that nobody sees half of it. */
async function get(version: string, folder: string): Promise<void> {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  await mkdir(dirname(folder), { recursive: true });
  const beside = await mkdtemp(`${folder}.`);
  try {
    const options = ['--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--prefix', beside];
    await run('npm', ['install', ...options, `${name}@${version}`], { cwd: beside, timeout: patienceMs });
    await rename(join(beside, 'node_modules', name), folder);
  } catch (error) {
    throw new Error(
      `no Node ${version}: npm could not install ${name}@${version} (${lastLine(error)}); put its bin/node into ${folder}`,
      { cause: error },
    );
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

function cacheFolder(): string {
  return readSettings(process.env, process.getuid?.() ?? -1).cacheFolder;
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  const lines = (stderr || message).split('\n').filter((line) => line.trim() && !line.includes('log'));
  return lines.at(-1) ?? 'no reason given';
}
