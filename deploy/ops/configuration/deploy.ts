import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../../harness/setup/program.ts';
import { type Checked, check, MissingError } from '../kit/checks.ts';
import { findProgram } from './programs.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface FileCheck {
  files: string;
  program: 'promtool' | 'amtool' | 'loki';
  args: readonly string[];
}

/** Each kind of file, and what its own program says of it. */
const fileChecks: readonly FileCheck[] = [
  { files: 'deploy/prometheus/prometheus.yml', program: 'promtool', args: ['check', 'config'] },
  { files: 'deploy/prometheus/rules/*.yml', program: 'promtool', args: ['check', 'rules'] },
  { files: 'deploy/alertmanager/alertmanager.yml', program: 'amtool', args: ['check-config'] },
  {
    files: 'deploy/loki/loki.yml',
    program: 'loki',
    args: ['-verify-config', '-config.expand-env', '-config.file'],
  },
];

/** Every configuration file of the stack. */
export async function deployChecks(): Promise<Checked[]> {
  const checked: Checked[] = [];
  for (const { files, program, args } of fileChecks)
    for (const file of await filesOf(files))
      checked.push(await check(file, () => byProgram(file, program, args)));
  for (const file of await filesOf('grafana/dashboards/*.json'))
    checked.push(await check(file, () => dashboard(file)));
  for (const file of await filesOf('docker-compose.yml'))
    checked.push(await check(file, () => compose(file)));
  return checked;
}

/** By Docker's own plugin; without, the tests hold the file against the schema of compose files. */
async function compose(file: string): Promise<string> {
  const docker = (...args: string[]) =>
    runProgram({ command: 'docker', args: ['compose', ...args], cwd: root, env: process.env });
  await docker('version').catch(() => {
    throw new MissingError('docker compose is not here');
  });
  await docker('--file', file, 'config', '--quiet');
  return 'docker compose takes it';
}

async function byProgram(
  file: string,
  program: FileCheck['program'],
  args: readonly string[],
): Promise<string> {
  const command = await findProgram(program);
  if (!command) throw new MissingError(`${program} is not here: npx ordeal setup --observability`);
  await runProgram({ command, args: [...args, file], cwd: root, env: process.env });
  return `${program} takes it`;
}

async function dashboard(file: string): Promise<string> {
  const { uid, panels } = JSON.parse(await readFile(join(root, file), 'utf8')) as {
    uid?: string;
    panels?: unknown[];
  };
  if (!uid || !panels?.length) throw new Error('expected a dashboard with a uid and panels');
  return `${panels.length} panels`;
}

async function filesOf(pattern: string): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(pattern, { cwd: root })) files.push(file);
  return files.sort();
}
