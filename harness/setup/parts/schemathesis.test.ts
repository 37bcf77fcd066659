import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gate } from '../fixtures/parts.ts';
import { lock } from '../lock.ts';
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
  it('waits for whoever gets it already, and takes what that one has brought', async () => {
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
    const before = await getSchemathesis(host, never);
    const place = join(dirname(before.script), '..');
    await rename(place, join(folder, 'aside'));
    // Another is at work, and brings it.
    const held = await lock(host.settings.cacheFolder, () => {}, never.signal);
    const waits = Promise.withResolvers<unknown>();
    const getting = getSchemathesis(host, { ...never, say: waits.resolve });
    await Promise.race([waits.promise, getting]);
    await rename(join(folder, 'aside'), place);
    await held[Symbol.asyncDispose]();
    const { command, script, env } = await getting;
    expect(await runProgram({ command, args: [script], env })).toBe('4.0\n');
    expect(await readFile(log, 'utf8')).toBe('got\n');
  });

  it.each([
    // Its packages are those that `site` finds.
    ['pip', `exec '${python?.trim()}' -S "$@"`, /No module named pip(.|\n)*apt-get install python3-pip/],
    ['Python', undefined, /ENOENT(.|\n)*apt-get install python3-pip/],
  ])('without %s it says what to install', async (_, script, message) => {
    await expect(getSchemathesis(await machine(script), never)).rejects.toThrow(message);
  });
});
