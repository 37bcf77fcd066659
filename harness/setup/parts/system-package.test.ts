import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runProgram } from '../program.ts';
import { aptScript } from './system-package.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ordeal-apt-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** An apt-get that notes what it is told and whether services may be started meanwhile. */
async function apt(does: string): Promise<string> {
  const policy = join(folder, 'policy-rc.d');
  const script = `#!/bin/sh
echo "$(for word; do case $word in update|install) echo $word;; esac; done) policy=$([ -x ${policy} ] && ${policy}; echo $?)" >> ${folder}/calls
${does}`;
  await writeFile(join(folder, 'apt-get'), script, { mode: 0o755 });
  const env = { PATH: `${folder}:/bin:/usr/bin` };
  return runProgram({ command: 'sh', args: ['-c', aptScript(policy)], env });
}

const calls = async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
const forbids = 'policy=101';

it.each([
  ['the lists are good', 'exit 0', [`install ${forbids}`]],
  [
    'the lists are old',
    'case "$*" in *update*) touch $(dirname $0)/updated;; *) [ -e $(dirname $0)/updated ] || exit 100;; esac',
    [`install ${forbids}`, `update ${forbids}`, `install ${forbids}`],
  ],
])('%s: installs, and no service may start', async (_, does, expected) => {
  await apt(does);
  expect(await calls()).toEqual(expected);
  expect(existsSync(join(folder, 'policy-rc.d'))).toBe(false);
});

it('fails when the update does not help, and takes its policy away', async () => {
  await expect(apt('exit 100')).rejects.toThrow(/ended with 100/);
  expect(existsSync(join(folder, 'policy-rc.d'))).toBe(false);
});

it('leaves a policy that the machine has', async () => {
  await writeFile(join(folder, 'policy-rc.d'), '#!/bin/sh\nexit 104\n', { mode: 0o755 });
  await apt('exit 0');
  expect(await calls()).toEqual(['install policy=104']);
  expect(existsSync(join(folder, 'policy-rc.d'))).toBe(true);
});
