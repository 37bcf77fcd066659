import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isNode24OrNewer, packagedNode } from './launch.js';

const bin = import.meta.dirname;
let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'ordeal-bin-')));
});
afterEach(() => rm(folder, { recursive: true }));

it.each([
  ['14.21.3', false],
  ['20.20.2', false],
  ['22.22.0', false],
  ['23.11.1', false],
  ['24.0.0', true],
  ['26.1.0', true],
])('Node %s runs Ordeal: %s', (version, does) => {
  expect(isNode24OrNewer(version)).toBe(does);
});

it('finds the Node of the npm package beside it or in a folder above', async () => {
  const inner = join(folder, 'node_modules', 'ordeal');
  await mkdir(inner, { recursive: true });
  expect(packagedNode(inner)).toBeUndefined();
  const program = join(folder, 'node_modules', 'node', 'bin', 'node');
  await mkdir(join(program, '..'), { recursive: true });
  await symlink(process.execPath, program);
  expect(packagedNode(inner)).toBe(program);
});

/** Text that a process writes, to wait for and to look at afterwards. */
function reader(child: ChildProcess) {
  let seen = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    seen += text;
  });
  return {
    seen: () => seen,
    async until(text: string) {
      while (!seen.includes(text)) await once(child.stdout!, 'data');
    },
  };
}

describe('runToEnd', () => {
  const countSignals = `
    let count = 0;
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
      console.log(signal, ++count);
      if (count === 2) process.exit(42);
    });
    setInterval(() => {}, 1e9);
    console.log('up');`;

  async function launch(code: string, alone: boolean): Promise<ChildProcess> {
    await writeFile(join(folder, 'child.cjs'), code);
    const launcher = `
      // Two kinds, because the kernel makes one of two of the same kind (signal(7)); from inside, so that a busy
      // machine puts no time between them.
      process.on('SIGUSR2', () => process.emit('SIGINT', 'SIGINT') && process.emit('SIGTERM', 'SIGTERM'));
      // One that comes after the program's end is nobody's, and ends nothing.
      process.on('SIGINT', () => {});
      import { runToEnd } from ${JSON.stringify(join(bin, 'launch.js'))};
      process.exitCode = await runToEnd(process.execPath, [${JSON.stringify(join(folder, 'child.cjs'))}], { alone: ${alone} });`;
    return spawn(process.execPath, ['--input-type=module', '-e', launcher], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  it.each([
    ['its exit code', 'process.exit(7)', 7],
    ['the signal that killed it as 128 + n', 'process.kill(process.pid, "SIGKILL")', 137],
  ])('gives %s', async (_, code, expected) => {
    const launcher = await launch(code, true);
    expect(await once(launcher, 'exit')).toEqual([expected, null]);
  });

  it('counts a Ctrl-C that comes twice at once as one, and stays until the program has ended', async () => {
    const launcher = await launch(countSignals, true);
    const output = reader(launcher);
    await output.until('up');
    launcher.kill('SIGUSR2');
    await output.until('SIGINT 1');
    const ended = once(launcher, 'exit');
    // Until one is late enough to be a press of its own. Had SIGTERM been another, it would have been the second.
    await vi.waitFor(() => {
      launcher.kill('SIGINT');
      expect(output.seen()).toContain('2');
    }, 10_000);
    expect(await ended).toEqual([42, null]);
    expect(output.seen()).toBe('up\nSIGINT 1\nSIGINT 2\n');
  });

  it('keeps the program out of reach of the terminal when it is alone', async () => {
    const printGroup = `console.log(process.pid, require('fs').readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[2])`;
    const groups = new Map<boolean, string[]>();
    for (const alone of [true, false]) {
      const launcher = await launch(printGroup, alone);
      const output = reader(launcher);
      await once(launcher, 'close');
      groups.set(alone, output.seen().trim().split(' '));
    }
    const [pid, group] = groups.get(true)!;
    expect(group).toBe(pid);
    const [otherPid, otherGroup] = groups.get(false)!;
    expect(otherGroup).not.toBe(otherPid);
  });
});

describe('ordeal.js on a Node that is too old', () => {
  /** A copy of the launcher in a folder of its own, whose command line prints the Node that runs it. */
  async function install(): Promise<string> {
    await mkdir(join(folder, 'bin'));
    await mkdir(join(folder, 'harness'));
    for (const file of ['ordeal.js', 'launch.js']) {
      await writeFile(join(folder, 'bin', file), await readFile(join(bin, file)));
    }
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(
      join(folder, 'harness', 'main.ts'),
      'const args: string[] = process.argv.slice(2); console.log(...args); process.exitCode = 2;',
    );
    return join(folder, 'bin', 'ordeal.js');
  }

  async function run(program: string, pretendedVersion: string): Promise<{ code: number; text: string }> {
    const pretend = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '${pretendedVersion}' } })`;
    const child = spawn(process.execPath, ['--import', pretend, program, 'run', 'x y']);
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (it) => {
        text += it;
      });
    const [code] = await once(child, 'close');
    return { code, text };
  }

  it('runs on the newer one that is there, with its arguments and its exit code', async () => {
    const program = await install();
    await mkdir(join(folder, 'node_modules', 'node', 'bin'), { recursive: true });
    await symlink(process.execPath, join(folder, 'node_modules', 'node', 'bin', 'node'));
    expect(await run(program, '20.1.0')).toEqual({ code: 2, text: 'run x y\n' });
  });

  it('says in one sentence what it needs when there is none', async () => {
    const { code, text } = await run(await install(), '20.1.0');
    expect(code).toBe(4);
    expect(text).toMatch(/^Ordeal needs Node 24 or newer, this is 20\.1\.0: .*\n$/);
  });

  it('starts at once on a new one', async () => {
    expect(await run(await install(), '24.0.0')).toEqual({ code: 2, text: 'run x y\n' });
  });
});
