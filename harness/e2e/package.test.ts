import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from './ordeal.ts';
import { fixture } from './shop.ts';

const path = `${dirname(process.execPath)}:${process.env.PATH}`;

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The first TypeScript block of a page. */
function example(page: string): string {
  return /```ts\n(.*?)```/s.exec(readFileSync(join(repository, page), 'utf8'))![1]!;
}

describe('the packages, installed into an empty folder', () => {
  it('run the example of docs/writing-a-scenario.md, and watch a service by themselves', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ordeal-packed-'));
    npm(repository, 'pack', '--pack-destination', folder);
    npm(repository, 'pack', '-w', '@ordeal/preload', '--pack-destination', folder);
    const tarballs = readdirSync(folder).map((name) => join(folder, name));
    expect(tarballs).toHaveLength(2);
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'shop', private: true, main: 'server.cjs' }),
    );
    npm(
      folder,
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      ...tarballs,
      'express@5.3.0',
      'pg@8.23.1',
      'ioredis@6.0.0',
    );
    copyFileSync(fixture('shop/server.cjs'), join(folder, 'server.js'));
    writeFileSync(join(folder, 'scenario.ts'), example('docs/writing-a-scenario.md'));

    const output = npm(folder, 'exec', '--', 'ordeal', 'run', '.', '--stack', 'local', '--seed', '7');
    expect(output).toContain('(exit 0)');
    expect(output).not.toContain('?');

    const watched = execFileSync(
      process.execPath,
      ['--import', '@ordeal/preload', '-e', 'console.log("served")'],
      { cwd: folder, encoding: 'utf8' },
    );
    expect(watched).toContain('served');
  }, 300_000);

  it('`init` writes a scenario that `check` finds good', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ordeal-init-'));
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({
        name: '@acme/Shop API',
        scripts: { start: 'node server.js --fast' },
        dependencies: { pg: '8', ioredis: '6' },
      }),
    );
    const ordeal = (...args: string[]) =>
      execFileSync(process.execPath, [join(repository, 'bin/ordeal.js'), ...args], {
        cwd: folder,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    expect(ordeal('init')).toContain('scenario.ts');
    const text = readFileSync(join(folder, 'scenario.ts'), 'utf8');
    writeFileSync(
      join(folder, 'scenario.ts'),
      text.replace("from 'ordeal'", `from '${join(repository, 'harness/index.ts')}'`),
    );
    expect(ordeal('check', '.')).toContain('shop-api: good');
    expect(() => ordeal('init')).toThrow('exists already');
  });
});
