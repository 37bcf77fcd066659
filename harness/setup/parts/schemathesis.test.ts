import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gate } from '../fixtures/parts.ts';
import { type Host, hostOf } from '../part.ts';
import { runProgram } from '../program.ts';
import { getSchemathesis } from './schemathesis.ts';

const python = await runProgram({
  command: 'python3',
  args: ['-c', 'import sys; print(sys.executable)'],
  env: process.env,
}).catch(() => undefined);
const { runs, titled } = gate(python ? [] : ['no python3']);
const never = { signal: new AbortController().signal };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ordeal-schemathesis-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A machine with a cache of its own, on which `python3` is this script; without one there is none. */
async function machine(script?: string): Promise<Host> {
  const programs = join(folder, 'programs');
  await mkdir(programs);
  if (script) {
    await writeFile(join(programs, 'python3'), `#!/bin/sh\n${script}\n`);
    await chmod(join(programs, 'python3'), 0o755);
  }
  const PATH = script ? `${programs}:${process.env.PATH}` : programs;
  return hostOf({ ...process.env, PATH, ORDEAL_CACHE_DIR: join(folder, 'cache') });
}

describe.runIf(runs)(titled('Schemathesis'), () => {
  it('is got once by those who want it at the same time, and is whole for each', async () => {
    const log = join(folder, 'log');
    // What pip would bring stands in the last argument, the folder to which it is to go.
    const host = await machine(`
      case "$*" in
        *'pip install'*)
          for place; do :; done
          echo got >> '${log}'
          mkdir -p "$place/bin"
          echo 'print("4.0")' > "$place/bin/schemathesis" ;;
        *'pip --version') ;;
        *) exec '${python?.trim()}' "$@" ;;
      esac`);
    const tools = await Promise.all([1, 2, 3].map(() => getSchemathesis(host, never)));
    expect(await readFile(log, 'utf8')).toBe('got\n');
    for (const { command, script, env } of tools)
      expect(await runProgram({ command, args: [script], env })).toBe('4.0\n');
  });

  it.each([
    // Its packages are those that `site` finds.
    ['pip', `exec '${python?.trim()}' -S "$@"`, /No module named pip(.|\n)*apt-get install python3-pip/],
    ['Python', undefined, /ENOENT(.|\n)*apt-get install python3-pip/],
  ])('without %s it says what to install', async (_, script, message) => {
    await expect(getSchemathesis(await machine(script), never)).rejects.toThrow(message);
  });
});
